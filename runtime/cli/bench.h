// `axnorm bench`: how long a call takes, beside a copy of the same bytes.
#pragma once

#include "document.h"
#include "requested_call.h"

namespace axnorm::cli {

struct BenchOptions {
    int threads = 1, rounds = 31;
};

// Both are timed once a round, in turn the one or the other first. Throws Error where the call would, or has no
// elements.
Document bench(const CallRequest &request, const BenchOptions &options);

}  // namespace axnorm::cli

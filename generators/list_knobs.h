// The knobs of schedules, as JSON: for a tuner, and for checks that count by them.
#pragma once

#include <string>
#include <vector>

namespace axnorm::codegen {

// `words` are a signature and perhaps a device; without any, all families are listed. Throws std::invalid_argument
// where they are not understood.
std::string list_knobs(const std::vector<std::string> &words);

}  // namespace axnorm::codegen

// Threads for a call: of the caller's pool, or axnorm's own.
#pragma once

#include "axnorm/parallel.h"

namespace axnorm {

// How many threads a call is divided for that has `parallel`.
int threads_of(const Parallel &parallel);

// Calls task(context, i) for each i in [0, count) on the given pool, or on `threads` threads at most.
void parallel_for(ThreadPool *pool, int count, int threads, void (*task)(void *context, int index), void *context);

}  // namespace axnorm

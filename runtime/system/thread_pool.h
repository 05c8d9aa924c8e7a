// Threads for a call: the caller's pool, or Halide's.
#pragma once

#include "axnorm/parallel.h"

namespace axnorm {

// Calls task(context, i) for each i in [0, count) on the given pool, or Halide's.
void parallel_for(ThreadPool *pool, int count, void (*task)(void *context, int index), void *context);

}  // namespace axnorm

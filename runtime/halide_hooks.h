// What axnorm asks of Halide's runtime: threads, errors that do not abort, and the choice of an instruction set.
#pragma once

#include <string>

#include "axnorm/parallel.h"

namespace axnorm {

// Installs the hooks, once. Kernels run after it.
void install_halide_hooks();

// What Halide last reported on this thread, or one of its pool.
std::string halide_message();

// Calls task(context, i) for each i in [0, count) on the given pool, or Halide's.
void parallel_for(ThreadPool *pool, int count, void (*task)(void *context, int index), void *context);

}  // namespace axnorm

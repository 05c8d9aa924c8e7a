// A slice of a call -> calls of its kernel.
#pragma once

#include "runtime/planning/slice.h"

namespace axnorm {

// Runs the kernel over the slice. Returns 0, or a Halide error code.
int run(const Slice &slice, const Operands &operands, double eps);

// To be called by each thread behind its last slice of a call: other threads may then see what it stored.
void finish_stores(const Slice &slice);

}  // namespace axnorm

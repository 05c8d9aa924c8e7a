// Plan -> calls of the kernel: a slice for each thread, cut further where it does not fit 32-bit indices.
#pragma once

#include <cstdint>

#include "axnorm/options.h"
#include "runtime/planning/slice.h"

namespace axnorm {

// Runs a call that was checked. The elements of x decide whether threads are worth while, and how y is stored.
void launch(Slice whole, const Operands &operands, const Options &options);

}  // namespace axnorm

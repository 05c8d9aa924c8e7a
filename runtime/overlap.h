// Whether strided tensors share memory.
#pragma once

#include "axnorm/layout.h"

namespace axnorm {

// Throws Refusal where a tensor that is written overlaps another one, or itself. y may be x, with equal strides.
void check_overlap(const Layout &layout, const Operands &operands);

}  // namespace axnorm

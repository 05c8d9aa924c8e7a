// Whether strided tensors share memory.
#pragma once

#include <cstddef>

#include "layout.h"

namespace axnorm {

// Throws Refusal where a tensor that is written overlaps another one, or itself. y may be x, with equal strides.
void check_overlap(const Layout &layout, const Operands &operands);

// Throws Refusal where a tensor reaches into the workspace of a call.
void check_overlap(const Layout &layout, const Operands &operands, const void *workspace, std::size_t bytes);

}  // namespace axnorm

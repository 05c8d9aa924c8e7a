// Whether strided tensors share memory.
#pragma once

#include <cstddef>

#include "layout.h"

namespace axnorm {

// Throws Refusal where elements of a tensor that is written share memory. No pointer counts: what is right once is
// right for all calls of the layout.
void check_repeats(const Layout &layout, const Operands &operands);

// Throws Refusal where a tensor that is written has an element of another one. y may be x, with equal strides.
void check_overlap(const Layout &layout, const Operands &operands);

// Throws Refusal where a tensor has an element in the workspace of a call.
void check_overlap(const Layout &layout, const Operands &operands, const void *workspace, std::size_t bytes);

}  // namespace axnorm

// The strides of one tensor of a call, checked by themselves. The tensor is called `name` in messages.
#pragma once

#include <cstdint>

#include "axnorm/tensor.h"

namespace axnorm {

// Those that it was given, or dense ones. No element is found by the stride of an axis of length 1, nor by any of an
// empty tensor: such ones may be anything, and come without a sign, as what is left of them is the order of the axes.
// Throws Refusal where lengths or other strides are negative, or not as many as the tensor has dimensions.
Extents checked_strides(const ConstTensorView &tensor, const char *name);

// Throws Refusal where the bytes from the first element to the last overflow, or where elements have no memory.
void check_span(const ConstTensorView &tensor, const Extents &strides, const char *name);

// Throws Refusal where the product, of lengths or bytes of the tensor, overflows.
std::int64_t checked_product(std::int64_t a, std::int64_t b, const char *name);

}  // namespace axnorm

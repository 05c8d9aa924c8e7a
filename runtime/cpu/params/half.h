// Elements of 16 bits -> float, exactly; and back, rounded to nearest even.
#pragma once

#include <cstdint>

#include "axnorm/dtype.h"

namespace axnorm {

// `count` elements of float16 or bfloat16 that lie `stride` apart, aligned or not.
void widen(DType dtype, const void *from, std::int64_t stride, float *to, std::int64_t count);

// The bits of a number as float16 or bfloat16.
std::uint16_t narrowed(DType dtype, double value);

}  // namespace axnorm

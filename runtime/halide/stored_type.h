// The type that kernels take elements of a dtype for.
#pragma once

#include <HalideRuntime.h>

#include <cstdint>

#include "axnorm/dtype.h"

namespace axnorm {

// As generators/shared/conversion.cpp has it: 16 bits are converted by the kernel itself.
inline halide_type_t stored_type(DType dtype) {
    const bool is_number = dtype == DType::float32 || dtype == DType::float64;
    return {is_number ? halide_type_float : halide_type_uint, static_cast<std::uint8_t>(8 * size_of(dtype))};
}

}  // namespace axnorm

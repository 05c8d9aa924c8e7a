#include "half.h"

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "runtime/system/isa.h"

namespace axnorm {
namespace {

float from_bfloat16(std::uint32_t bits) {
    return std::bit_cast<float>(bits << 16);
}

// As generators/shared/conversion.cpp, where it is explained.
float from_float16(std::uint32_t bits) {
    const std::uint32_t magnitude = (bits & 0x7fff) << 13, exponent = magnitude & 0x0f800000;
    const std::uint32_t normal = magnitude + 0x38000000, special = magnitude + 0x70000000;
    const auto subnormal =
        std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude + 0x38800000) - std::bit_cast<float>(0x38800000U));
    const std::uint32_t value = exponent == 0x0f800000 ? special : exponent == 0 ? subnormal : normal;
    return std::bit_cast<float>(value | (bits & 0x8000) << 16);
}

// Rounded to odd, so that rounding it once more is as rounding the double once.
float float_for_rounding(double value) {
    const auto nearest = static_cast<float>(value);
    const double lost = value - static_cast<double>(nearest);
    const auto bits = std::bit_cast<std::uint32_t>(nearest);
    if ((lost > 0 || lost < 0) && (bits & 1) == 0) {
        return std::bit_cast<float>((lost > 0) == (value > 0) ? bits + 1 : bits - 1);
    }
    return nearest;
}

std::uint32_t to_bfloat16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return std::isnan(value) ? bits >> 16 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

std::uint32_t to_float16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t magnitude = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
    const auto absolute = std::bit_cast<float>(magnitude);
    if (std::isnan(value)) {
        return sign | (magnitude >> 13 & 0x3ff) | 0x7e00;
    }
    if (absolute >= 0x1p16F) {
        return sign | 0x7c00;
    }
    return sign | (absolute < 0x1p-14F ? std::bit_cast<std::uint32_t>(absolute + 0.5F) - 0x3f000000
                                       : (magnitude + 0xc8000fff + (magnitude >> 13 & 1)) >> 13);
}

template <float (*Convert)(std::uint32_t)>
void widen_with(const char *from, std::int64_t stride, float *to, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, from + i * stride * 2, 2);
        to[i] = Convert(bits);
    }
}

// Stride 1. Returns how many it has converted; the rest is less than a vector.
__attribute__((target("avx,f16c"))) std::int64_t widen_f16c(const char *from, float *to, std::int64_t count) {
    std::int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i * 2));
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(bits));
    }
    return i;
}

}  // namespace

std::uint16_t narrowed(DType dtype, double value) {
    const float rounded = float_for_rounding(value);
    return static_cast<std::uint16_t>(dtype == DType::bfloat16 ? to_bfloat16(rounded) : to_float16(rounded));
}

void widen(DType dtype, const void *from, std::int64_t stride, float *to, std::int64_t count) {
    const auto *bytes = static_cast<const char *>(from);
    if (dtype == DType::bfloat16 && stride == 1) {
        widen_with<from_bfloat16>(bytes, 1, to, count);  // a loop of its own, which becomes vectors
    } else if (dtype == DType::bfloat16) {
        widen_with<from_bfloat16>(bytes, stride, to, count);
    } else {
        const std::int64_t done =
            stride == 1 && instruction_set() >= InstructionSet::avx2 ? widen_f16c(bytes, to, count) : 0;
        widen_with<from_float16>(bytes + done * 2, stride, to + done, count - done);
    }
}

}  // namespace axnorm

// Numbers of 16 bits, and rounding to any format of floating point by any mode.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "types.h"

namespace axnorm::ptx {

struct Half {
    std::uint16_t bits;
};
struct BFloat {
    std::uint16_t bits;
};

double widen(Half value);
double widen(BFloat value);
inline double widen(float value) {
    return value;
}
inline double widen(double value) {
    return value;
}

struct Format {
    int mantissa_bits, exponent_bits;
};
inline constexpr Format half_format{10, 5}, bfloat_format{7, 8}, single_format{23, 8}, double_format{52, 11};

// significand * 2^exponent, rounded once, as the bits of the format.
std::uint64_t encode(bool negative, std::uint64_t significand, int exponent, const Format &format, Rounding rounding);
std::uint64_t encode(double value, const Format &format, Rounding rounding);  // NaN is the one of the hardware

// Rounding once, to nearest even unless asked otherwise.
template <class T>
T narrow(double value, Rounding rounding = Rounding::nearest);
template <>
Half narrow<Half>(double value, Rounding rounding);
template <>
BFloat narrow<BFloat>(double value, Rounding rounding);
template <>
float narrow<float>(double value, Rounding rounding);
template <>
inline double narrow<double>(double value, Rounding) {
    return value;
}

// a + b rounded to odd: to round that to at most 50 bits is to round the exact sum.
double odd_sum(double a, double b);

// Subnormal numbers become zeros of their sign.
inline float flushed(float value) {
    return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0F, value) : value;
}
inline double flushed(double value) {
    return value;
}
inline Half flushed(Half value) {
    return (value.bits & 0x7c00) == 0 ? Half{static_cast<std::uint16_t>(value.bits & 0x8000)} : value;
}
inline BFloat flushed(BFloat value) {
    return (value.bits & 0x7f80) == 0 ? BFloat{static_cast<std::uint16_t>(value.bits & 0x8000)} : value;
}

// NaN results have one pattern, except in float64.
inline float canonical(float value) {
    return std::isnan(value) ? std::bit_cast<float>(0x7fffffffU) : value;
}
inline double canonical(double value) {
    return value;
}

// To an integral value of the same type.
double round_integral(double value, Rounding rounding);

// While it lives, arithmetic of the host rounds in this way.
class ScopedRounding {
  public:
    explicit ScopedRounding(Rounding rounding);
    ~ScopedRounding();
    ScopedRounding(const ScopedRounding &) = delete;
    ScopedRounding &operator=(const ScopedRounding &) = delete;

  private:
    int before_;
};

}  // namespace axnorm::ptx

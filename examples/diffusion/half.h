// float16 as 16 bits, of finite numbers. A program that has a type of its own for it hands that to axnorm
// instead.
#pragma once

#include <cmath>
#include <cstdint>

inline double to_double(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
    const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return (bits >> 15) != 0 ? -size : size;
}

// Of numbers that float16 holds exactly, and not the smallest.
inline std::uint16_t to_half(double value) {
    if (value == 0) {
        return 0;
    }
    int exponent = 0;
    const double fraction = std::frexp(std::abs(value), &exponent);  // from 1/2 to 1
    const int bits = ((exponent + 14) << 10) + static_cast<int>(fraction * 2048) - 1024;
    return static_cast<std::uint16_t>(bits | (value < 0 ? 0x8000 : 0));
}

// bfloat16 as 16 bits. A program that has a type of its own for it, as ggml or torch, hands that to axnorm instead.
#pragma once

#include <bit>
#include <cstdint>

inline float to_float(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Rounded to nearest even, of numbers that are finite.
inline std::uint16_t to_bfloat16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

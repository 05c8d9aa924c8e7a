// The types that PTX instructions name, ".f32" or ".b64", and the modifiers that take one of a few values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace axnorm::ptx {

enum class Type : std::uint8_t {
    none,
    pred,
    b8,
    b16,
    b32,
    b64,
    u8,
    u16,
    u32,
    u64,
    s8,
    s16,
    s32,
    s64,
    f16,
    bf16,
    f16x2,
    bf16x2,
    f32,
    f64
};

std::optional<Type> type_named(std::string_view name);  // "f32"; not "pred"
std::uint32_t size_of(Type type);                       // in bytes; of a predicate 1
bool is_floating(Type type);
bool is_signed(Type type);
Type element_of(Type type);             // f16 of f16x2, otherwise the type itself
Type unsigned_of(std::uint32_t bytes);  // u32 of 4

// To nearest even, toward zero, down, up. Conversions to integers have them too.
enum class Rounding : std::uint8_t { nearest, zero, down, up };

// Those that end in u hold for NaN; num and nan ask for NaN alone. lo, ls, hi and hs are the unsigned ones.
enum class Compare : std::uint8_t { eq, ne, lt, le, gt, ge, lo, ls, hi, hs, equ, neu, ltu, leu, gtu, geu, num, nan };
std::optional<Compare> compare_named(std::string_view name);

// How setp and set join their result with a predicate.
enum class Combine : std::uint8_t { none, and_, or_, xor_ };

// Where an address points to.
enum class Space : std::uint8_t { generic, param, global, shared, local, constant };

// Generic addresses of the block's shared and of a thread's local memory; global ones are themselves.
inline constexpr std::uint64_t shared_window = std::uint64_t{0x04} << 56;
inline constexpr std::uint64_t local_window = std::uint64_t{0x05} << 56;
inline constexpr std::uint64_t window_size = std::uint64_t{1} << 32;

}  // namespace axnorm::ptx

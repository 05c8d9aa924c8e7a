#include "types.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace axnorm::ptx {

namespace {
struct Row {
    std::string_view name;
    Type type;
    std::uint32_t size;
    bool floating, is_signed;
};
constexpr Row rows[] = {
    {"none", Type::none, 0, false, false}, {"pred", Type::pred, 1, false, false},
    {"b8", Type::b8, 1, false, false},     {"b16", Type::b16, 2, false, false},
    {"b32", Type::b32, 4, false, false},   {"b64", Type::b64, 8, false, false},
    {"u8", Type::u8, 1, false, false},     {"u16", Type::u16, 2, false, false},
    {"u32", Type::u32, 4, false, false},   {"u64", Type::u64, 8, false, false},
    {"s8", Type::s8, 1, false, true},      {"s16", Type::s16, 2, false, true},
    {"s32", Type::s32, 4, false, true},    {"s64", Type::s64, 8, false, true},
    {"f16", Type::f16, 2, true, true},     {"bf16", Type::bf16, 2, true, true},
    {"f16x2", Type::f16x2, 4, true, true}, {"bf16x2", Type::bf16x2, 4, true, true},
    {"f32", Type::f32, 4, true, true},     {"f64", Type::f64, 8, true, true},
};
const Row &row(Type type) {
    return rows[static_cast<std::size_t>(type)];
}
}  // namespace

std::optional<Type> type_named(std::string_view name) {
    const auto *const found = std::ranges::find(std::begin(rows) + 2, std::end(rows), name, &Row::name);
    return found == std::end(rows) ? std::nullopt : std::optional(found->type);
}

std::uint32_t size_of(Type type) {
    return row(type).size;
}

bool is_floating(Type type) {
    return row(type).floating;
}

bool is_signed(Type type) {
    return row(type).is_signed;
}

Type element_of(Type type) {
    return type == Type::f16x2 ? Type::f16 : type == Type::bf16x2 ? Type::bf16 : type;
}

Type unsigned_of(std::uint32_t bytes) {
    return bytes == 1 ? Type::u8 : bytes == 2 ? Type::u16 : bytes == 4 ? Type::u32 : Type::u64;
}

std::optional<Compare> compare_named(std::string_view name) {
    constexpr std::array<std::string_view, 18> names = {"eq", "ne",  "lt",  "le",  "gt",  "ge",  "lo",  "ls",  "hi",
                                                        "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};
    const auto *const found = std::ranges::find(names, name);
    return found == names.end() ? std::nullopt : std::optional(static_cast<Compare>(found - names.begin()));
}

}  // namespace axnorm::ptx

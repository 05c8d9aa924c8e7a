// Why a call is refused, as the place that finds it knows it: the axis, the extent. The public call adds the pattern,
// the shapes and the lengths.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "layout.h"

namespace axnorm {

// The kernel that a refused call would have run with, had it been linked.
enum class Lacks : std::uint8_t { nothing, kernel, canonical_kernel };

struct Refusal {
    std::string message;
    ErrorCode code = ErrorCode::argument;
    Lacks lacks = Lacks::nothing;
};

// The axes of a group, in the pattern's order: "h w"; and with a word before it: "axis 'h w'".
std::string name_of_axes(const Pattern &pattern, const Group &group);
std::string quoted(const Pattern &pattern, const Group &group);

// The texts one behind the other. As operators of strings, that is a kilobyte of code for each message.
std::string concat(std::initializer_list<std::string_view> texts);

// The Error that the user sees; `end` are its last lines.
Error with_context(const Refusal &refusal, const Pattern &pattern, const Operands &operands,
                   std::span<const NamedLength> lengths, std::string_view end = "");

}  // namespace axnorm

// Lengths of axes, and the shapes that a pattern gives to the other tensors of a call.
//
//     statistics_shape(parse("b (g n) h w -> b g"), {8, 128, 64, 64}, lengths)   // [8, 32] where g is 32
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pattern.h"
#include "tensor.h"

namespace axnorm {

namespace detail {
struct LookedUp;
}

// The length of a named axis: what a shape cannot tell, as g in "b (g n) h w -> b g".
class NamedLength {
  public:
    std::string_view name;
    std::int64_t length = 0;

    constexpr NamedLength() = default;
    constexpr NamedLength(std::string_view of_axis, std::int64_t its_length) : name(of_axis), length(its_length) {}

  private:
    friend struct detail::LookedUp;
    int axis_ = -1;  // of the pattern of the call, where the compiler looked it up
};

namespace detail {
// Of lengths that belong to one pattern: which axis each is of.
struct LookedUp {
    static constexpr NamedLength with_axis(std::string_view name, std::int64_t length, int axis) {
        NamedLength looked_up{name, length};
        looked_up.axis_ = axis;
        return looked_up;
    }
    static constexpr int axis_of(const NamedLength &length) { return length.axis_; }
};
}  // namespace detail

// The shape of mean and rstd for an x of this shape, as the right side of the pattern orders and groups it.
Extents statistics_shape(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths = {});

// The shape of scale and shift, as the params order and group it.
Extents params_shape(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths = {});

}  // namespace axnorm

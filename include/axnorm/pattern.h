// A normalization as an axis pattern, in einops notation: "b (g n) h w -> b g" with params "(g n)" is group norm. The
// right side names the axes of the statistics; an axis that is missing there is reduced; params index scale and shift.
//
// A Pattern is made by the parser in parse.h. It is immutable and knows no shape.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace axnorm {

namespace detail {
// Extents, strides and axes are counted with int; arrays are indexed by std::size_t.
template <typename Array>
constexpr auto &at(Array &array, int i) {
    return array[static_cast<std::size_t>(i)];
}
}  // namespace detail

// Axes of a pattern, after expansion of the ellipsis; also the highest rank of a tensor.
inline constexpr int max_axes = 16;

struct Axis {
    std::string_view name;    // empty for an axis without a name; "..." for the ellipsis
    std::int64_t length = 0;  // of an axis without a name, which is written as its length
    bool kept = false;        // on the right: it indexes the statistics
    bool params = false;      // it indexes scale and shift

    constexpr bool is_ellipsis() const { return name == "..."; }
};

// The dimensions of a tensor as axes: a dimension is a run of `axes`, several for a group, none for a unit axis.
struct Dimensions {
    struct Run {
        std::uint8_t begin = 0, end = 0;
        bool group = false;  // in parentheses: "(...)" is one dimension, "..." as many as it has axes
    };
    std::array<Run, max_axes> runs{};
    std::array<std::uint8_t, max_axes> axes{};  // indices into Pattern::axes
    int rank = 0, count = 0;                    // of runs and of axes
};

// A parsed pattern. It refers to the texts that it was parsed from.
struct Pattern {
    std::string_view text, params_text;
    std::array<Axis, max_axes> axes{};  // in the order of the left side
    int axis_count = 0;
    int ellipsis = -1;  // the axis "...", or -1
    Dimensions tensor, statistics, params;

    constexpr int find(std::string_view name) const {
        for (int i = 0; i < axis_count; ++i) {
            if (!name.empty() && detail::at(axes, i).name == name) {
                return i;
            }
        }
        return -1;
    }
};

}  // namespace axnorm

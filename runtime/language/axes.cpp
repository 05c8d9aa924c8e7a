#include "axes.h"

#include <bit>
#include <string>

#include "refusal.h"
#include "strides.h"

namespace axnorm {

using detail::at;

namespace {

std::string text(std::int64_t value) {
    return std::to_string(value);
}

// A pattern whose ellipsis has become the axes that it stands for.
struct Expanded {
    ShapedAxes shaped;
    Dimensions tensor, statistics, params;
};

// The axes of a dimension, outermost first.
std::span<const std::uint8_t> axes_of(const Dimensions &dimensions, int dimension) {
    const Dimensions::Run run = at(dimensions.runs, dimension);
    return {dimensions.axes.data() + run.begin, static_cast<std::size_t>(run.end - run.begin)};
}

Dimensions expand_dimensions(const Dimensions &dimensions, int ellipsis, int length) {
    if (ellipsis < 0) {
        return dimensions;
    }
    Dimensions expanded;
    const auto begin = [&](bool group) {
        if (expanded.rank == max_axes) {
            throw Refusal{"too many axes: with the ellipsis expanded there are more than 16 dimensions"};
        }
        const auto count = static_cast<std::uint8_t>(expanded.count);
        at(expanded.runs, expanded.rank++) = {count, count, group};
    };
    const auto append = [&](int axis) {
        at(expanded.axes, expanded.count++) = static_cast<std::uint8_t>(axis);
        at(expanded.runs, expanded.rank - 1).end = static_cast<std::uint8_t>(expanded.count);
    };
    for (int d = 0; d < dimensions.rank; ++d) {
        const bool group = at(dimensions.runs, d).group;
        const auto axes = axes_of(dimensions, d);
        const bool is_open_ellipsis = !group && !axes.empty() && axes[0] == ellipsis;
        if (!is_open_ellipsis) {
            begin(group);
        }
        for (const int axis : axes) {
            for (int i = 0; i < (axis == ellipsis ? length : 1); ++i) {
                if (is_open_ellipsis) {
                    begin(false);
                }
                append(axis > ellipsis ? axis + length - 1 : axis + i);
            }
        }
    }
    return expanded;
}

Expanded expand(const Pattern &pattern, int rank) {
    const int ellipsis = pattern.ellipsis;
    const int dimensions = pattern.tensor.rank - (ellipsis >= 0 ? 1 : 0);
    const int length = ellipsis >= 0 ? rank - dimensions : 0;
    if (length < 0 || (ellipsis < 0 && rank != dimensions)) {
        throw Refusal{"rank mismatch: x has " + text(rank) + " dimensions, the left side of the pattern has " +
                      (ellipsis >= 0 ? "at least " : "") + text(dimensions)};
    }
    Expanded result;
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &axis = at(pattern.axes, i);
        for (int j = 0; j < (i == ellipsis ? length : 1); ++j) {
            if (result.shaped.count == max_axes) {
                throw Refusal{"too many axes: with the ellipsis expanded there are more than 16"};
            }
            Group &group = at(result.shaped.axes, result.shaped.count++);
            group.kept = axis.kept;
            group.params = axis.params;
            group.axes = static_cast<std::uint16_t>(1U << i);
        }
    }
    result.tensor = expand_dimensions(pattern.tensor, ellipsis, length);
    result.statistics = expand_dimensions(pattern.statistics, ellipsis, length);
    result.params = expand_dimensions(pattern.params, ellipsis, length);
    return result;
}

// Lengths that pattern and caller give, by axis of the pattern; -1 where they do not.
std::array<std::int64_t, max_axes> known_lengths(const Pattern &pattern, std::span<const NamedLength> lengths) {
    std::array<std::int64_t, max_axes> known{};
    known.fill(-1);
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &axis = at(pattern.axes, i);
        if (axis.name.empty()) {
            at(known, i) = axis.length;
        }
    }
    for (const NamedLength &given : lengths) {
        const int looked_up = detail::LookedUp::axis_of(given);
        const int axis = looked_up >= 0 ? looked_up : pattern.find(given.name);
        const auto name = [&] { return "'" + std::string(given.name) + "'"; };
        if (axis < 0 || at(pattern.axes, axis).is_ellipsis()) {
            throw Refusal{"a length is given for axis " + name() + ", which the pattern does not have"};
        }
        if (given.length < 0) {
            throw Refusal{"the length given for axis " + name() + " is negative: " + text(given.length)};
        }
        if (at(known, axis) >= 0) {
            throw Refusal{"the length of axis " + name() + " is given twice"};
        }
        at(known, axis) = given.length;
    }
    return known;
}

// Sets the extents of the axes of one dimension of x from the dimension's extent.
void solve_dimension(const Pattern &pattern, ShapedAxes &shaped, std::span<const std::uint8_t> axes, int dimension,
                     std::int64_t extent, const std::array<std::int64_t, max_axes> &known) {
    const auto here = [&] { return "dimension " + text(dimension) + " of x, of extent " + text(extent) + ", "; };
    const auto names = [&] {
        std::string all;
        for (const int i : axes) {
            const Group &group = at(shaped.axes, i);
            all += (all.empty() ? "" : " ") + name_of_axes(pattern, group);
        }
        return all;
    };
    Group *unknown = nullptr;
    std::int64_t product = 1;
    for (const int i : axes) {
        Group &group = at(shaped.axes, i);
        const std::int64_t length = at(known, std::countr_zero(group.axes));
        if (length >= 0) {
            group.extent = length;
            product = checked_product(product, length, "x");
        } else if (unknown != nullptr) {
            throw Refusal{"two unknown lengths in a group: " + quoted(pattern, *unknown) + " and " +
                          quoted(pattern, group) + "; give one of them"};
        } else {
            unknown = &group;
        }
    }
    if (axes.empty() && extent != 1) {
        throw Refusal{here() + "is a unit axis in the pattern"};
    }
    if (unknown == nullptr) {
        if (product != extent) {
            throw Refusal{here() + "contradicts the length " + text(product) + " of axis '" + names() + "'"};
        }
    } else if (axes.size() == 1) {
        unknown->extent = extent;
    } else if (product == 0 || extent % product != 0) {
        throw Refusal{here() + "is not divisible by " + text(product) + ", the given length in group (" + names() +
                      ")"};
    } else {
        unknown->extent = extent / product;
    }
}

// The pattern with the extents that x and the lengths give its axes.
Expanded expand_by_x(const Pattern &pattern, const ConstTensorView &x, std::span<const NamedLength> lengths) {
    checked_strides(x, "x");
    Expanded expanded = expand(pattern, x.rank());
    const auto known = known_lengths(pattern, lengths);
    for (int d = 0; d < expanded.tensor.rank; ++d) {
        solve_dimension(pattern, expanded.shaped, axes_of(expanded.tensor, d), d, x.shape()[d], known);
    }
    // In a group of length 0 a length that is given may be any: what is computed of it has to fit, too.
    std::int64_t product = 1;
    for (int i = 0; i < expanded.shaped.count; ++i) {
        product = checked_product(product, std::max<std::int64_t>(at(expanded.shaped.axes, i).extent, 1), "x");
    }
    return expanded;
}

std::int64_t extent_of(const ShapedAxes &shaped, std::span<const std::uint8_t> axes) {
    std::int64_t extent = 1;
    for (const int axis : axes) {
        extent *= at(shaped.axes, axis).extent;
    }
    return extent;
}

// The shape of a tensor whose dimensions are these.
Extents shape_of(const ShapedAxes &shaped, const Dimensions &dimensions) {
    std::array<std::int64_t, max_axes> shape{};
    for (int d = 0; d < dimensions.rank; ++d) {
        at(shape, d) = extent_of(shaped, axes_of(dimensions, d));
    }
    return Extents(std::span(shape.data(), static_cast<std::size_t>(dimensions.rank)));
}

// Checks a tensor of the call against its side of the pattern, and enters its strides.
void enter(const Operands &operands, Role role, const Dimensions &dimensions, ShapedAxes &shaped) {
    const ConstTensorView &tensor = operands[role];
    const char *name = operands.name_of(role);
    const Extents strides = checked_strides(tensor, name);
    check_span(tensor, strides, name);
    const auto check_shape = [&](bool is_right) {
        if (!is_right) {
            throw Refusal{std::string("the shape of ") + name + " is " + to_string(tensor.shape()) + ", expected is " +
                          to_string(shape_of(shaped, dimensions)) +
                          (role != role_x && row_of(role).axes == Axes::all ? ", that of x" : "")};
        }
    };
    check_shape(tensor.rank() == dimensions.rank);
    for (int d = 0; d < dimensions.rank; ++d) {
        check_shape(tensor.shape()[d] == extent_of(shaped, axes_of(dimensions, d)));
    }
    for (int d = 0; d < dimensions.rank; ++d) {
        const auto axes = axes_of(dimensions, d);
        std::int64_t stride = strides[d];
        for (std::size_t i = axes.size(); i-- > 0;) {
            Group &axis = shaped.axes[axes[i]];
            axis.strides[role] = stride;
            // What does not fit belongs to an axis of length 1, and is not used.
            (void)__builtin_mul_overflow(stride, std::max<std::int64_t>(axis.extent, 1), &stride);
        }
    }
}

}  // namespace

ShapedAxes shape_axes(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths) {
    Expanded expanded = expand_by_x(pattern, operands[role_x], lengths);
    for (const RoleRow &row : role_rows) {
        if (!row.required && !operands[row.role].present()) {
            continue;
        }
        if (row.axes == Axes::params && pattern.params.rank == 0) {
            throw Refusal{std::string(row.name) + " is given, but the pattern has no params"};
        }
        const Dimensions &side = row.axes == Axes::all      ? expanded.tensor
                                 : row.axes == Axes::params ? expanded.params
                                                            : expanded.statistics;
        enter(operands, row.role, side, expanded.shaped);
    }
    return expanded.shaped;
}

namespace {

// The shape of one side of the pattern.
Extents side_shape(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths,
                   Dimensions Expanded::*side) {
    Operands operands;
    const ConstTensorView x(nullptr, DType::float32, x_shape);
    operands.tensors[role_x] = &x;
    try {
        const Expanded expanded = expand_by_x(pattern, x, lengths);
        return shape_of(expanded.shaped, expanded.*side);
    } catch (const Refusal &refusal) {
        throw with_context(refusal, pattern, operands, lengths);
    }
}

}  // namespace

Extents statistics_shape(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths) {
    return side_shape(pattern, x_shape, lengths, &Expanded::statistics);
}

Extents params_shape(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths) {
    return side_shape(pattern, x_shape, lengths, &Expanded::params);
}

}  // namespace axnorm

// Lengths of axes and shapes of a pattern's sides, found without the runtime: for comparison.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "axnorm/axnorm.h"
#include "written.h"

namespace axnorm::fuzz {

using detail::at;

struct Given {
    std::array<std::int64_t, max_axes> values{};
    std::array<NamedLength, max_axes> lengths{};
    std::size_t rank = 0, length_count = 0;

    std::span<const std::int64_t> shape() const { return std::span(values).first(rank); }
    std::span<const NamedLength> named() const { return std::span(lengths).first(length_count); }
};

// What axes come to, by the dimensions that they stand in: of each axis its lengths, of the ellipsis as many as it has.
class Solver {
  public:
    Solver(const Pattern &pattern, const Given &given) : pattern_(pattern), given_(given) {}

    // Whether there is a solution that the language has.
    bool solve() {
        const int others = pattern_.tensor.rank - (pattern_.ellipsis >= 0 ? 1 : 0);
        const int rank = static_cast<int>(given_.rank);
        ellipsis_ = pattern_.ellipsis >= 0 ? rank - others : 0;
        if (ellipsis_ < 0 || rank - ellipsis_ != others || !take_lengths() || !are_few()) {
            return false;
        }
        std::size_t next = 0;
        for (int d = 0; d < pattern_.tensor.rank; ++d) {
            const auto axes = axes_of(pattern_.tensor, d);
            if (axes.size() == 1 && axes[0] == pattern_.ellipsis) {
                ellipsis_lengths_ = given_.shape().subspan(next, static_cast<std::size_t>(ellipsis_));
                next += ellipsis_lengths_.size();
            } else if (!solve_dimension(axes, given_.values[next++])) {
                return false;
            }
        }
        return std::ranges::all_of(given_.shape(), [](std::int64_t extent) { return extent >= 0; }) && fits();
    }

    // As many dimensions as there are, the product of all axes is that of all numbers.
    bool gives(const Dimensions &dimensions, const Extents &shape) const {
        int d = 0;
        for (int i = 0; i < dimensions.rank; ++i) {
            const auto axes = axes_of(dimensions, i);
            if (!at(dimensions.runs, i).group && axes.size() == 1 && axes[0] == pattern_.ellipsis) {
                for (const std::int64_t length : ellipsis_lengths_) {
                    if (d == shape.size() || shape[d++] != length) {
                        return false;
                    }
                }
                continue;
            }
            std::int64_t product = 1;
            for (const int axis : axes) {
                product *= length_of(axis);
            }
            if (d == shape.size() || shape[d++] != product) {
                return false;
            }
        }
        return d == shape.size();
    }

    // The dimensions of a side beside what the ellipsis stands for.
    int rank_of(const Dimensions &dimensions) const {
        int rank = 0;
        for (int d = 0; d < dimensions.rank; ++d) {
            const auto axes = axes_of(dimensions, d);
            rank += !at(dimensions.runs, d).group && axes.size() == 1 && axes[0] == pattern_.ellipsis ? ellipsis_ : 1;
        }
        return rank;
    }

  private:
    bool take_lengths() {
        lengths_.fill(-1);
        for (int i = 0; i < pattern_.axis_count; ++i) {
            at(lengths_, i) = at(pattern_.axes, i).name.empty() ? at(pattern_.axes, i).length : -1;
        }
        for (const NamedLength &given : given_.named()) {
            const int axis = pattern_.find(given.name);
            if (axis < 0 || axis == pattern_.ellipsis || given.length < 0 || at(lengths_, axis) >= 0) {
                return false;
            }
            at(lengths_, axis) = given.length;
        }
        return true;
    }

    bool are_few() const {
        return pattern_.axis_count - (pattern_.ellipsis >= 0 ? 1 : 0) + ellipsis_ <= max_axes &&
               rank_of(pattern_.statistics) <= max_axes && rank_of(pattern_.params) <= max_axes;
    }

    bool solve_dimension(std::span<const std::uint8_t> axes, std::int64_t extent) {
        int unknown = -1;
        std::int64_t product = 1;
        for (const int axis : axes) {
            const std::int64_t length = at(lengths_, axis);
            if (length < 0 && unknown >= 0) {
                return false;
            }
            unknown = length < 0 ? axis : unknown;
            if (length >= 0 && __builtin_mul_overflow(product, length, &product)) {
                return false;
            }
        }
        if (unknown < 0) {
            return product == extent;
        }
        if (axes.size() > 1 && (product == 0 || extent % product != 0)) {
            return false;
        }
        at(lengths_, unknown) = extent / product;
        return true;
    }

    // The product of all that are not 0.
    bool fits() const {
        std::int64_t product = 1;
        const auto multiply = [&](std::int64_t length) {
            return !__builtin_mul_overflow(product, std::max<std::int64_t>(length, 1), &product);
        };
        for (int i = 0; i < pattern_.axis_count; ++i) {
            if (i != pattern_.ellipsis && !multiply(at(lengths_, i))) {
                return false;
            }
        }
        return std::ranges::all_of(ellipsis_lengths_, multiply);
    }

    std::int64_t length_of(int axis) const {
        if (axis != pattern_.ellipsis) {
            return at(lengths_, axis);
        }
        std::int64_t product = 1;
        for (const std::int64_t length : ellipsis_lengths_) {
            product *= length;
        }
        return product;
    }

    const Pattern &pattern_;
    const Given &given_;
    int ellipsis_ = 0;
    std::array<std::int64_t, max_axes> lengths_{};
    std::span<const std::int64_t> ellipsis_lengths_;
};

}  // namespace axnorm::fuzz

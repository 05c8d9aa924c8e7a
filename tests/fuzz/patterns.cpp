// Patterns and params as any bytes: the parser accepts or refuses them, and what it accepts has the structure that the
// language has, is the same once more where it is written out, and gives shapes that a solver beside it finds, too.
//
//     PATTERN|PARAMS|RANK EXTENT... (AXIS LENGTH)...
#include <axnorm/axnorm.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include "input.h"
#include "written.h"

namespace axnorm::fuzz {
namespace {

using detail::at;

// --- What is refused

// The message, the text, and a caret under one of its characters or the one behind it.
void check_message(const Error &error, std::string_view text, std::string_view params) {
    AXNORM_WANT(error.code() == ErrorCode::pattern);
    const std::string_view message = error.what();
    if (text.find('\0') != std::string_view::npos || params.find('\0') != std::string_view::npos) {
        return;  // what() ends there
    }
    AXNORM_WANT(message.starts_with("axnorm: ") && message.ends_with('^'));
    const std::size_t last_line = message.rfind('\n');
    const std::string_view before = message.substr(0, last_line);
    const std::string_view shown = before.ends_with(text) && before.ends_with(params)
                                       ? (text.size() > params.size() ? text : params)
                                   : before.ends_with(text) ? text
                                                            : params;
    AXNORM_WANT(before.ends_with(shown));
    AXNORM_WANT(message.size() - last_line - 4 <= shown.size());  // a line feed, two blanks and the caret
}

// --- What is accepted

bool is_name(std::string_view name) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && is_letter(name.front()) && name.back() != '_' &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// Runs divide the axes, of which none is there twice; the result has a bit for each.
std::uint32_t check_dimensions(const Pattern &pattern, const Dimensions &dimensions) {
    AXNORM_WANT(dimensions.rank >= 0 && dimensions.rank <= max_axes);
    AXNORM_WANT(dimensions.count >= 0 && dimensions.count <= pattern.axis_count);
    int next = 0;
    for (int d = 0; d < dimensions.rank; ++d) {
        const Dimensions::Run run = at(dimensions.runs, d);
        AXNORM_WANT(run.begin == next && run.end >= run.begin && (run.group || run.end - run.begin <= 1));
        next = run.end;
    }
    AXNORM_WANT(next == dimensions.count);
    std::uint32_t seen = 0;
    for (int i = 0; i < dimensions.count; ++i) {
        const int axis = at(dimensions.axes, i);
        AXNORM_WANT(axis < pattern.axis_count && (seen >> axis & 1) == 0);
        seen |= 1U << axis;
    }
    return seen;
}

void check_axis(const Pattern &pattern, int i, bool kept, bool params) {
    const Axis &axis = at(pattern.axes, i);
    AXNORM_WANT(axis.is_ellipsis() == (i == pattern.ellipsis));
    AXNORM_WANT(axis.name.empty() ? axis.length > 1 && axis.length <= INT32_MAX && !axis.kept : axis.length == 0);
    AXNORM_WANT(axis.name.empty() || axis.is_ellipsis() || is_name(axis.name));
    AXNORM_WANT(axis.kept == kept && axis.params == params);
    AXNORM_WANT(axis.name.empty() || pattern.find(axis.name) == i);
}

// The words of a text that stand for axes: not where, only which.
template <typename F>
void each_word(std::string_view text, const F &f) {
    constexpr std::string_view between = " \t\n()";
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin;
        if (text[begin] == '.') {
            end = begin + 3;
        } else if (between.find(text[begin]) == std::string_view::npos) {
            end = std::min(text.find_first_of(" \t\n().", begin), text.size());
        }
        if (end > begin) {
            f(text.substr(begin, end - begin));
        }
        begin = std::max(end, begin + 1);
    }
}

// Each name of a side is an axis of it, and there are no others.
void check_words(const Pattern &pattern, std::string_view text, std::uint32_t axes) {
    std::uint32_t named = 0, without = 0;
    each_word(text, [&](std::string_view word) {
        const bool is_number = word[0] >= '0' && word[0] <= '9';
        const int axis = is_number ? -1 : pattern.find(word);
        AXNORM_WANT(is_number || axis >= 0);
        named |= is_number ? 0 : 1U << axis;
    });
    for (int i = 0; i < pattern.axis_count; ++i) {
        without |= at(pattern.axes, i).name.empty() ? 1U << i : 0;
    }
    AXNORM_WANT(named == (axes & ~without));
}

void check_structure(const Pattern &pattern) {
    AXNORM_WANT(pattern.axis_count > 0 && pattern.axis_count <= max_axes && pattern.tensor.rank > 0);
    const std::uint32_t all = check_dimensions(pattern, pattern.tensor);
    const std::uint32_t kept = check_dimensions(pattern, pattern.statistics);
    const std::uint32_t params = check_dimensions(pattern, pattern.params);
    AXNORM_WANT(all == (1U << pattern.axis_count) - 1 && kept != all);
    for (int i = 0; i < pattern.axis_count; ++i) {
        AXNORM_WANT(at(pattern.tensor.axes, i) == i);
        check_axis(pattern, i, (kept >> i & 1) != 0, (params >> i & 1) != 0);
    }
    const std::size_t arrow = pattern.text.find("->");
    check_words(pattern, pattern.text.substr(0, arrow), all);
    check_words(pattern, pattern.text.substr(arrow + 2), kept);
    check_words(pattern, pattern.params_text, params);
}

// --- Written out and read again

bool are_equal(const Dimensions &a, const Dimensions &b) {
    const auto is_same = [](Dimensions::Run one, Dimensions::Run other) {
        return one.begin == other.begin && one.end == other.end && one.group == other.group;
    };
    return a.rank == b.rank && a.count == b.count && a.axes == b.axes && std::ranges::equal(a.runs, b.runs, is_same);
}

void check_written(const Pattern &pattern) {
    const Written written(pattern);
    const Pattern again = parse(written.text, written.params);
    AXNORM_WANT(again.axis_count == pattern.axis_count && again.ellipsis == pattern.ellipsis);
    for (int i = 0; i < pattern.axis_count; ++i) {
        const Axis &one = at(pattern.axes, i), &other = at(again.axes, i);
        AXNORM_WANT(one.name == other.name && one.length == other.length && one.kept == other.kept);
        AXNORM_WANT(one.params == other.params);
    }
    AXNORM_WANT(are_equal(pattern.tensor, again.tensor) && are_equal(pattern.statistics, again.statistics));
    AXNORM_WANT(are_equal(pattern.params, again.params));
}

// --- Shapes

struct Given {
    std::array<std::int64_t, max_axes> values{};
    std::array<NamedLength, max_axes> lengths{};
    std::size_t rank = 0, length_count = 0;

    std::span<const std::int64_t> shape() const { return std::span(values).first(rank); }
    std::span<const NamedLength> named() const { return std::span(lengths).first(length_count); }
};

// Lengths of axes of the pattern, seldom of others.
Given given_by(Input &input, const Pattern &pattern) {
    Given given;
    given.rank = static_cast<std::size_t>(input.below(max_axes + 1));
    for (std::size_t i = 0; i < given.rank; ++i) {
        given.values[i] = input.number();
    }
    while (input.has_more() && given.length_count < max_axes) {
        const int axis = input.below(max_axes + 1);
        given.lengths[given.length_count++] = {axis < pattern.axis_count ? at(pattern.axes, axis).name : "other",
                                               input.number()};
    }
    return given;
}

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

std::optional<Extents> shape_of(decltype(statistics_shape) function, const Pattern &pattern, const Given &given) {
    try {
        return function(pattern, Extents(given.shape()), given.named());
    } catch (const Error &error) {
        AXNORM_WANT(error.code() == ErrorCode::argument);
        return {};
    }
}

void check_shapes(const Pattern &pattern, const Given &given) {
    Solver solver(pattern, given);
    const bool is_solved = solver.solve();
    const std::optional<Extents> statistics = shape_of(statistics_shape, pattern, given);
    const std::optional<Extents> params = shape_of(params_shape, pattern, given);
    AXNORM_WANT(statistics.has_value() == is_solved && params.has_value() == is_solved);
    AXNORM_WANT(!is_solved || solver.gives(pattern.statistics, *statistics));
    AXNORM_WANT(!is_solved || solver.gives(pattern.params, *params));
}

}  // namespace
}  // namespace axnorm::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace axnorm::fuzz;
    Input input(data, size);
    const std::string_view text = input.text(), params = input.text();
    axnorm::Pattern pattern;
    try {
        pattern = axnorm::parse(text, params);
    } catch (const axnorm::Error &error) {
        check_message(error, text, params);
        return 0;
    }
    check_structure(pattern);
    check_written(pattern);
    if (input.has_more()) {
        check_shapes(pattern, given_by(input, pattern));
    }
    return 0;
}

// Patterns and params as any bytes: the parser accepts or refuses them, and what it accepts has the structure that the
// language has, is the same once more where it is written out, and gives shapes that a solver beside it finds, too.
//
//     PATTERN|PARAMS|RANK EXTENT... (AXIS LENGTH)...
#include <axnorm/axnorm.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "input.h"
#include "solver.h"
#include "written.h"

namespace axnorm::fuzz {
namespace {

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

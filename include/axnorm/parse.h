// The parser: text -> Pattern, one for compile time and run time.
//
//     constexpr const axnorm::Pattern &p = axnorm::pattern<"b (g n) h w -> b g", "(g n)">;
//     axnorm::Pattern q = axnorm::parse(text, params);  // throws axnorm::Error, with a caret under the place
//
// A wrong pattern as a template argument does not compile: pattern_error.h.
#pragma once

#include <algorithm>

#include "local.h"
#include "pattern.h"
#include "pattern_error.h"

namespace axnorm {

namespace detail {

struct Token {
    std::string_view text;  // "(", ")", "...", a name or a number; empty at the end
    std::size_t at = 0;
};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}
constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

// Where the arrow is from `at` on. Not text.find(), which compares pointers with null on its way: g++ 12 takes that for
// no constant where -fsanitize=undefined is on (GCC bug 71962).
constexpr std::size_t find_arrow(std::string_view text, std::size_t at = 0) {
    for (; at + 1 < text.size(); ++at) {
        if (text[at] == '-' && text[at + 1] == '>') {
            return at;
        }
    }
    return std::string_view::npos;
}

// Splits one side of an expression, text[begin, end), into tokens.
struct AXNORM_LOCAL Lexer {
    std::string_view text;
    std::size_t at, end;
    Failure *failure = nullptr;  // as fail() has it

    constexpr Token next() {
        while (at < end && is_blank(text[at])) {
            ++at;
        }
        const std::size_t start = at;
        if (at == end) {
            return {{}, start};
        }
        if (text[at] == '(' || text[at] == ')') {
            ++at;
        } else if (text[at] == '.') {
            while (at < end && text[at] == '.') {
                ++at;
            }
            if (at - start != 3) {
                fail(failure, Reason::dots, text, start);
            }
        } else {
            while (at < end && is_word(text[at])) {
                ++at;
            }
            if (at == start) {
                fail(failure, Reason::character, text, start);
            }
        }
        return {text.substr(start, at - start), start};
    }
};

// The length that a number token stands for.
constexpr std::int64_t parse_length(const Token &token, std::string_view text, Failure *failure = nullptr) {
    std::int64_t value = 0;
    for (const char c : token.text) {
        if (!is_digit(c)) {
            fail(failure, Reason::digit, text, token.at);
            return 1;
        }
        value = value * 10 + (c - '0');
        if (value > INT32_MAX) {
            fail(failure, Reason::long_length, text, token.at);
            return 1;
        }
    }
    if (value == 0) {
        fail(failure, Reason::length_0, text, token.at);
    }
    return value;
}

enum class Side { tensor, statistics, params };

// Parses one side into dimensions. The left side makes the pattern's axes, the others refer to them.
class AXNORM_LOCAL SideParser {
  public:
    constexpr SideParser(Pattern &pattern, Side side, std::string_view text, std::size_t begin, std::size_t end,
                         Failure *failure)
        : pattern_(pattern), side_(side), text_(text), lexer_{text, begin, end, failure}, failure_(failure) {}

    constexpr Dimensions parse() {
        for (Token token = lexer_.next(); !token.text.empty() && !*failure_; token = lexer_.next()) {
            if (token.text == "(") {
                open(token);
            } else if (token.text == ")") {
                close(token);
            } else {
                add(token);
            }
        }
        if (in_group_) {
            fail(failure_, Reason::not_closed, text_, group_at_);
        }
        return result_;
    }

  private:
    constexpr void open(const Token &token) {
        if (in_group_) {
            fail(failure_, Reason::nested, text_, token.at);
        }
        begin_dimension(token);
        in_group_ = true;
        group_at_ = token.at;
    }

    constexpr void close(const Token &token) {
        if (!in_group_) {
            fail(failure_, Reason::not_open, text_, token.at);
        }
        in_group_ = false;
    }

    constexpr void begin_dimension(const Token &token) {
        if (result_.rank == max_axes) {
            return fail(failure_, Reason::too_many_axes, text_, token.at);
        }
        const auto count = static_cast<std::uint8_t>(result_.count);
        at(result_.runs, result_.rank++) = {count, count, token.text == "("};
    }

    constexpr void add(const Token &token) {
        if (!in_group_) {
            begin_dimension(token);
        }
        if (*failure_) {
            return;
        }
        if (is_digit(token.text[0])) {
            const std::int64_t length = parse_length(token, text_, failure_);
            if (length > 1) {
                append(side_ == Side::tensor ? new_axis(token, {}, length) : anonymous(token, length), token);
            }
            return;  // 1 is a unit axis: a dimension without axes
        }
        append(side_ == Side::tensor ? new_axis(token, checked_name(token), 0) : named(token), token);
    }

    constexpr void append(int axis, const Token &token) {
        if (*failure_) {
            return;
        }
        for (int i = 0; i < result_.count; ++i) {
            if (at(result_.axes, i) == axis && at(pattern_.axes, axis).is_ellipsis()) {
                return fail(failure_, Reason::second_ellipsis, text_, token.at);
            }
            if (at(result_.axes, i) == axis) {
                return fail(failure_, Reason::duplicate, text_, token.at);
            }
        }
        at(result_.axes, result_.count++) = static_cast<std::uint8_t>(axis);
        at(result_.runs, result_.rank - 1).end = static_cast<std::uint8_t>(result_.count);
        Axis &used = at(pattern_.axes, axis);
        used.kept = used.kept || side_ == Side::statistics;
        used.params = used.params || side_ == Side::params;
    }

    constexpr std::string_view checked_name(const Token &token) const {
        if (token.text == "...") {
            if (in_group_ && side_ == Side::tensor) {
                fail(failure_, Reason::ellipsis_in_a_group, text_, token.at);
            }
        } else if (token.text.front() == '_' || token.text.back() == '_') {
            fail(failure_, Reason::underscore, text_, token.at);
        }
        return token.text;
    }

    constexpr int new_axis(const Token &token, std::string_view name, std::int64_t length) {
        if (const int other = pattern_.find(name); other >= 0) {
            fail(failure_, name == "..." ? Reason::second_ellipsis : Reason::duplicate, text_, token.at);
            return other;
        }
        if (pattern_.axis_count == max_axes) {
            fail(failure_, Reason::too_many_axes, text_, token.at);
            return 0;
        }
        at(pattern_.axes, pattern_.axis_count) = {name, length, false, false};
        pattern_.ellipsis = name == "..." ? pattern_.axis_count : pattern_.ellipsis;
        return pattern_.axis_count++;
    }

    constexpr int named(const Token &token) const {
        const int axis = pattern_.find(checked_name(token));
        if (axis >= 0) {
            return axis;
        }
        const Reason reason = token.text == "..."     ? Reason::only_ellipsis
                              : side_ == Side::params ? Reason::unknown_in_params
                                                      : Reason::unknown;
        fail(failure_, reason, text_, token.at);
        return 0;
    }

    // In params a length stands for the first axis without a name and of that length that is not taken yet.
    constexpr int anonymous(const Token &token, std::int64_t length) const {
        if (side_ == Side::statistics) {
            fail(failure_, Reason::length_on_the_right, text_, token.at);
            return 0;
        }
        for (int i = 0; i < pattern_.axis_count; ++i) {
            const Axis &axis = at(pattern_.axes, i);
            if (axis.name.empty() && axis.length == length && !axis.params) {
                return i;
            }
        }
        fail(failure_, Reason::unknown_in_params, text_, token.at);
        return 0;
    }

    Pattern &pattern_;
    Side side_;
    std::string_view text_;
    Lexer lexer_;
    Failure *failure_;  // never nullptr
    Dimensions result_{};
    bool in_group_ = false;
    std::size_t group_at_ = 0;
};

// As parse() below, with what is wrong in `failure`, where anything is.
AXNORM_LOCAL constexpr Pattern parse(std::string_view text, std::string_view params, Failure *failure) {
    Pattern pattern;
    pattern.text = text;
    pattern.params_text = params;

    const std::size_t arrow = find_arrow(text);
    if (arrow == std::string_view::npos) {
        fail(failure, Reason::no_arrow, text, text.size());
        return pattern;
    }
    if (const std::size_t second = find_arrow(text, arrow + 2); second != std::string_view::npos) {
        fail(failure, Reason::second_arrow, text, second);
    }
    if (const std::size_t in_params = find_arrow(params); in_params != std::string_view::npos) {
        fail(failure, Reason::arrow_in_params, params, in_params);
    }
    const auto side = [&](Side which, std::string_view of, std::size_t begin, std::size_t end) {
        return SideParser(pattern, which, of, begin, end, failure).parse();
    };
    pattern.tensor = side(Side::tensor, text, 0, arrow);
    if (pattern.tensor.rank == 0) {
        fail(failure, Reason::empty_left, text, 0);
    }
    pattern.statistics = side(Side::statistics, text, arrow + 2, text.size());
    if (std::all_of(pattern.axes.begin(), pattern.axes.begin() + pattern.axis_count,
                    [](const Axis &a) { return a.kept; })) {
        fail(failure, Reason::nothing_reduced, text, arrow);
    }
    pattern.params = side(Side::params, params, 0, params.size());
    return pattern;
}

}  // namespace detail

// Parses a pattern and its params ("" where it has none). The result refers to both texts.
AXNORM_LOCAL constexpr Pattern parse(std::string_view text, std::string_view params = {}) {
    detail::Failure failure;
    const Pattern pattern = detail::parse(text, params, &failure);
    if (failure) {
        detail::pattern_error(detail::message_of(failure.reason), failure.text, failure.at);
    }
    return pattern;
}

namespace detail {
// The object whose text a compile-time Pattern refers to.
template <FixedString Text>
AXNORM_LOCAL inline constexpr FixedString stored = Text;

template <FixedString Text, FixedString Params>
AXNORM_LOCAL constexpr Pattern parse_arguments() {
    constexpr Reason reason = [] {
        Failure failure;
        parse(Text.view(), Params.view(), &failure);
        return failure.reason;
    }();
    if constexpr (reason == Reason::none) {
        return axnorm::parse(stored<Text>.view(), stored<Params>.view());
    } else {
        refuse_pattern<Text, Params, reason>();
        Failure failure;  // what was parsed before it: less is wrong behind it then
        return parse(stored<Text>.view(), stored<Params>.view(), &failure);
    }
}
}  // namespace detail

// The pattern of two literals, parsed at compile time.
template <FixedString Text, FixedString Params = "">
AXNORM_LOCAL inline constexpr Pattern pattern = detail::parse_arguments<Text, Params>();

}  // namespace axnorm

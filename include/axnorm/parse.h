// The parser: text -> Pattern, one for compile time and run time.
//
//     constexpr const axnorm::Pattern &p = axnorm::pattern<"b (g n) h w -> b g", "(g n)">;
//     axnorm::Pattern q = axnorm::parse(text, params);  // throws axnorm::Error, with a caret under the place
//
// A wrong pattern as a template argument does not compile: the parser then reaches detail::pattern_error, which is not
// constexpr, on the line of its source that says what is wrong, and the compiler prints that line.
#pragma once

#include <algorithm>

#include "local.h"
#include "pattern.h"

namespace axnorm {

namespace detail {

// Throws Error: `message`, then `text` with a caret under `at`. Deliberately not constexpr.
[[noreturn]] void pattern_error(const char *message, std::string_view text, std::size_t at);

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
                pattern_error("illegal character: an ellipsis is three dots", text, start);
            }
        } else {
            while (at < end && is_word(text[at])) {
                ++at;
            }
            if (at == start) {
                pattern_error("illegal character: axes are names, integers, groups ( ) and ...", text, start);
            }
        }
        return {text.substr(start, at - start), start};
    }
};

// The length that a number token stands for.
constexpr std::int64_t parse_length(const Token &token, std::string_view text) {
    std::int64_t value = 0;
    for (const char c : token.text) {
        if (!is_digit(c)) {
            pattern_error("illegal name: an axis name does not begin with a digit", text, token.at);
        }
        value = value * 10 + (c - '0');
        if (value > INT32_MAX) {
            pattern_error("illegal length: it is above 2147483647", text, token.at);
        }
    }
    if (value == 0) {
        pattern_error("length 0: an axis without a name has a length of at least 1", text, token.at);
    }
    return value;
}

enum class Side { tensor, statistics, params };

// Parses one side into dimensions. The left side makes the pattern's axes, the others refer to them.
class AXNORM_LOCAL SideParser {
  public:
    constexpr SideParser(Pattern &pattern, Side side, std::string_view text, std::size_t begin, std::size_t end)
        : pattern_(pattern), side_(side), text_(text), lexer_{text, begin, end} {}

    constexpr Dimensions parse() {
        for (Token token = lexer_.next(); !token.text.empty(); token = lexer_.next()) {
            if (token.text == "(") {
                open(token);
            } else if (token.text == ")") {
                close(token);
            } else {
                add(token);
            }
        }
        if (in_group_) {
            pattern_error("unbalanced parentheses: this group is not closed", text_, group_at_);
        }
        return result_;
    }

  private:
    constexpr void open(const Token &token) {
        if (in_group_) {
            pattern_error("nested parentheses: groups have one level", text_, token.at);
        }
        begin_dimension(token);
        in_group_ = true;
        group_at_ = token.at;
    }

    constexpr void close(const Token &token) {
        if (!in_group_) {
            pattern_error("unbalanced parentheses: no group is open here", text_, token.at);
        }
        in_group_ = false;
    }

    constexpr void begin_dimension(const Token &token) {
        if (result_.rank == max_axes) {
            pattern_error("too many axes: a tensor has at most 16", text_, token.at);
        }
        const auto count = static_cast<std::uint8_t>(result_.count);
        at(result_.runs, result_.rank++) = {count, count, token.text == "("};
    }

    constexpr void add(const Token &token) {
        if (!in_group_) {
            begin_dimension(token);
        }
        if (is_digit(token.text[0])) {
            const std::int64_t length = parse_length(token, text_);
            if (length > 1) {
                append(side_ == Side::tensor ? new_axis(token, {}, length) : anonymous(token, length), token);
            }
            return;  // 1 is a unit axis: a dimension without axes
        }
        append(side_ == Side::tensor ? new_axis(token, checked_name(token), 0) : named(token), token);
    }

    constexpr void append(int axis, const Token &token) {
        for (int i = 0; i < result_.count; ++i) {
            if (at(result_.axes, i) == axis && at(pattern_.axes, axis).is_ellipsis()) {
                pattern_error("second ellipsis: a side has at most one", text_, token.at);
            }
            if (at(result_.axes, i) == axis) {
                pattern_error("duplicate axis: it is named twice on this side", text_, token.at);
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
                pattern_error("ellipsis in a group: on the left it stands outside of parentheses", text_, token.at);
            }
        } else if (token.text.front() == '_' || token.text.back() == '_') {
            pattern_error("illegal name: a name neither begins nor ends with an underscore", text_, token.at);
        }
        return token.text;
    }

    constexpr int new_axis(const Token &token, std::string_view name, std::int64_t length) {
        if (const int other = pattern_.find(name); other >= 0) {
            if (name == "...") {
                pattern_error("second ellipsis: a side has at most one", text_, token.at);
            }
            pattern_error("duplicate axis: it is named twice on this side", text_, token.at);
        }
        if (pattern_.axis_count == max_axes) {
            pattern_error("too many axes: a tensor has at most 16", text_, token.at);
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
        if (token.text == "...") {
            pattern_error("ellipsis without one on the left", text_, token.at);
        }
        if (side_ == Side::params) {
            pattern_error("unknown axis in params: the tensor has no such axis", text_, token.at);
        }
        pattern_error("unknown axis: it is on the right, but not on the left", text_, token.at);
    }

    // In params a length stands for the first axis without a name and of that length that is not taken yet.
    constexpr int anonymous(const Token &token, std::int64_t length) const {
        if (side_ == Side::statistics) {
            pattern_error("length on the right: an axis without a name is always reduced", text_, token.at);
        }
        for (int i = 0; i < pattern_.axis_count; ++i) {
            const Axis &axis = at(pattern_.axes, i);
            if (axis.name.empty() && axis.length == length && !axis.params) {
                return i;
            }
        }
        pattern_error("unknown axis in params: the tensor has no such axis", text_, token.at);
    }

    Pattern &pattern_;
    Side side_;
    std::string_view text_;
    Lexer lexer_;
    Dimensions result_{};
    bool in_group_ = false;
    std::size_t group_at_ = 0;
};

}  // namespace detail

// Parses a pattern and its params ("" where it has none). The result refers to both texts.
AXNORM_LOCAL constexpr Pattern parse(std::string_view text, std::string_view params = {}) {
    using detail::pattern_error;
    Pattern pattern;
    pattern.text = text;
    pattern.params_text = params;

    const std::size_t arrow = detail::find_arrow(text);
    if (arrow == std::string_view::npos) {
        pattern_error("missing arrow: a pattern is 'axes of the tensor -> axes of the statistics'", text, text.size());
    }
    if (const std::size_t second = detail::find_arrow(text, arrow + 2); second != std::string_view::npos) {
        pattern_error("second arrow: a pattern has one", text, second);
    }
    if (const std::size_t in_params = detail::find_arrow(params); in_params != std::string_view::npos) {
        pattern_error("arrow in params: they are axes only", params, in_params);
    }
    pattern.tensor = detail::SideParser(pattern, detail::Side::tensor, text, 0, arrow).parse();
    if (pattern.tensor.rank == 0) {
        pattern_error("empty left side: the tensor has no axes", text, 0);
    }
    pattern.statistics = detail::SideParser(pattern, detail::Side::statistics, text, arrow + 2, text.size()).parse();
    if (std::all_of(pattern.axes.begin(), pattern.axes.begin() + pattern.axis_count,
                    [](const Axis &a) { return a.kept; })) {
        pattern_error("nothing reduced: every axis of the left is on the right", text, arrow);
    }
    pattern.params = detail::SideParser(pattern, detail::Side::params, params, 0, params.size()).parse();
    return pattern;
}

// A string literal as a template argument.
template <std::size_t N>
struct FixedString {
    char text[N]{};

    // NOLINTNEXTLINE(google-explicit-constructor): "b c -> b" has to become one.
    constexpr FixedString(const char (&literal)[N]) { std::copy_n(literal, N, text); }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

namespace detail {
// The object whose text a compile-time Pattern refers to.
template <FixedString Text>
AXNORM_LOCAL inline constexpr FixedString stored = Text;
}  // namespace detail

// The pattern of two literals, parsed at compile time.
template <FixedString Text, FixedString Params = "">
AXNORM_LOCAL inline constexpr Pattern pattern = parse(detail::stored<Text>.view(), detail::stored<Params>.view());

}  // namespace axnorm

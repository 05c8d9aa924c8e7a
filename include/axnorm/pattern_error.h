// What can be wrong with a pattern, and how the compiler says so.
//
//     normalize<"b c h w -> k">(x, y);   // does not compile: the first error has the pattern and the reason
//
// g++ prints the text of a template argument, and so both are arguments of a type that is not defined. clang prints the
// numbers of its letters; but single letters as such, beside the message of a static_assert.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "local.h"

namespace axnorm {

// A string literal as a template argument.
template <std::size_t N>
struct FixedString {
    char text[N]{};

    // NOLINTNEXTLINE(google-explicit-constructor): "b c -> b" has to become one.
    constexpr FixedString(const char (&literal)[N]) { std::copy_n(literal, N, text); }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

namespace detail {

// A reason a line.
// clang-format off
#define AXNORM_PATTERN_ERRORS(X) \
    X(dots, "illegal character: an ellipsis is three dots") \
    X(character, "illegal character: axes are names, integers, groups ( ) and ...") \
    X(digit, "illegal name: an axis name does not begin with a digit") \
    X(underscore, "illegal name: a name neither begins nor ends with an underscore") \
    X(long_length, "illegal length: it is above 2147483647") \
    X(length_0, "length 0: an axis without a name has a length of at least 1") \
    X(length_on_the_right, "length on the right: an axis without a name is always reduced") \
    X(not_closed, "unbalanced parentheses: this group is not closed") \
    X(not_open, "unbalanced parentheses: no group is open here") \
    X(nested, "nested parentheses: groups have one level") \
    X(too_many_axes, "too many axes: a tensor has at most 16") \
    X(second_ellipsis, "second ellipsis: a side has at most one") \
    X(ellipsis_in_a_group, "ellipsis in a group: on the left it stands outside of parentheses") \
    X(only_ellipsis, "ellipsis without one on the left") \
    X(duplicate, "duplicate axis: it is named twice on this side") \
    X(unknown_in_params, "unknown axis in params: the tensor has no such axis") \
    X(unknown, "unknown axis: it is on the right, but not on the left") \
    X(no_arrow, "missing arrow: a pattern is 'axes of the tensor -> axes of the statistics'") \
    X(second_arrow, "second arrow: a pattern has one") \
    X(arrow_in_params, "arrow in params: they are axes only") \
    X(empty_left, "empty left side: the tensor has no axes") \
    X(nothing_reduced, "nothing reduced: every axis of the left is on the right")
#define AXNORM_ENUMERATOR(name, message) name,
#define AXNORM_CASE(name, message) case Reason::name: return message;
#define AXNORM_ASSERT(name, message) \
    if constexpr (reason == Reason::name) { static_assert(is_right<text...>, "axnorm: " message); }
// clang-format on

enum class Reason : std::uint8_t { none, AXNORM_PATTERN_ERRORS(AXNORM_ENUMERATOR) };

constexpr const char *message_of(Reason reason) {
    switch (reason) {
        case Reason::none: return ""; AXNORM_PATTERN_ERRORS(AXNORM_CASE)
    }
    return "";
}

// Throws Error: `message`, then `text` with a caret under `at`. Deliberately not constexpr.
[[noreturn]] void pattern_error(const char *message, std::string_view text, std::size_t at);

// The first thing that is wrong.
struct Failure {
    Reason reason = Reason::none;
    std::string_view text{};
    std::size_t at = 0;

    constexpr explicit operator bool() const { return reason != Reason::none; }
};

// Keeps the first failure; throws where nobody keeps it.
constexpr void fail(Failure *failure, Reason reason, std::string_view text, std::size_t at) {
    if (failure == nullptr) {
        pattern_error(message_of(reason), text, at);
    }
    if (!*failure) {
        *failure = {reason, text, at};
    }
}

#ifdef __clang__

template <char... text>
AXNORM_LOCAL inline constexpr bool is_right = false;

template <Reason reason, char... text>
constexpr void refuse_pattern() {
    AXNORM_PATTERN_ERRORS(AXNORM_ASSERT)
}

// Letters of the pattern, and of params behind a semicolon.
template <FixedString Text, FixedString Params, Reason reason, std::size_t... i, std::size_t... j>
constexpr void refuse_letters(std::index_sequence<i...>, std::index_sequence<j...>) {
    if constexpr (sizeof...(j) == 0) {
        refuse_pattern<reason, Text.text[i]...>();
    } else {
        refuse_pattern<reason, Text.text[i]..., ';', ' ', Params.text[j]...>();
    }
}

template <FixedString Text, FixedString Params, Reason reason>
constexpr void refuse_pattern() {
    refuse_letters<Text, Params, reason>(std::make_index_sequence<Text.view().size()>(),
                                         std::make_index_sequence<Params.view().size()>());
}

#else

template <FixedString Pattern, FixedString Params, FixedString Because>
struct WrongPattern;  // not defined

template <Reason reason>
constexpr auto message_as_argument() {
    constexpr std::string_view message = message_of(reason);
    char text[message.size() + 1]{};
    std::copy(message.begin(), message.end(), text);
    return FixedString(text);
}

// A class, so that there is one error: a function that is wrong would be called in a constant expression, too.
template <FixedString Text, FixedString Params, Reason reason>
struct RefusedPattern {
    using Size = decltype(sizeof(WrongPattern<Text, Params, message_as_argument<reason>()>));
};

template <FixedString Text, FixedString Params, Reason reason>
constexpr void refuse_pattern() {
    RefusedPattern<Text, Params, reason>();
}

#endif

#undef AXNORM_ASSERT
#undef AXNORM_CASE
#undef AXNORM_ENUMERATOR
#undef AXNORM_PATTERN_ERRORS

}  // namespace detail
}  // namespace axnorm

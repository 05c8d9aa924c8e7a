// The parser stage by stage, at compile time: tokens, lengths, sides, the flags of axes.
#include <axnorm/axnorm.h>

#include <string_view>

namespace axnorm::test {
namespace {

using detail::Lexer;
using detail::Token;

// The n-th token of a text.
constexpr Token token(std::string_view text, int n) {
    Lexer lexer{text, 0, text.size()};
    Token result = lexer.next();
    while (n-- > 0) {
        result = lexer.next();
    }
    return result;
}
constexpr bool token_is(std::string_view text, int n, std::string_view expected, std::size_t at) {
    const Token found = token(text, n);
    return found.text == expected && found.at == at;
}

// Lexer: words, parentheses and dots end each other, blanks separate, the end is an empty token.
static_assert(token_is("b (g n1)", 0, "b", 0));
static_assert(token_is("b (g n1)", 1, "(", 2));
static_assert(token_is("b (g n1)", 2, "g", 3));
static_assert(token_is("b (g n1)", 3, "n1", 5));
static_assert(token_is("b (g n1)", 4, ")", 7));
static_assert(token_is("b (g n1)", 5, "", 8));
static_assert(token_is("b (g n1)", 6, "", 8));
static_assert(token_is("\t b\n", 0, "b", 2));
static_assert(token_is("\t b\n", 1, "", 4));
static_assert(token_is("b...c", 0, "b", 0) && token_is("b...c", 1, "...", 1) && token_is("b...c", 2, "c", 4));
static_assert(token_is("a_1 64 3d _x", 0, "a_1", 0) && token_is("a_1 64 3d _x", 1, "64", 4));
static_assert(token_is("a_1 64 3d _x", 2, "3d", 7) && token_is("a_1 64 3d _x", 3, "_x", 10));
static_assert(token_is("", 0, "", 0) && token_is("   ", 0, "", 3));

// A lexer of one side keeps to it, and tells places in the whole text.
constexpr Token right_side_token() {
    Lexer lexer{"b c -> b", 6, 8};
    return lexer.next();
}
static_assert(right_side_token().text == "b" && right_side_token().at == 7);

// Lengths.
static_assert(detail::parse_length({"1", 0}, "1") == 1);
static_assert(detail::parse_length({"0032", 0}, "0032") == 32);
static_assert(detail::parse_length({"2147483647", 0}, "2147483647") == 2147483647);

// A side: runs of axes, one for each dimension.
constexpr bool run_is(const Dimensions &dimensions, int dimension, int begin, int end) {
    const Dimensions::Run run = dimensions.runs[static_cast<std::size_t>(dimension)];
    return run.begin == begin && run.end == end;
}
constexpr bool axes_are(const Dimensions &dimensions, std::initializer_list<int> axes) {
    int i = 0;
    for (const int axis : axes) {
        if (i >= dimensions.count || dimensions.axes[static_cast<std::size_t>(i++)] != axis) {
            return false;
        }
    }
    return i == dimensions.count;
}

constexpr const Pattern &group_norm = pattern<"b (g n) h w -> b g", "(g n)">;
static_assert(group_norm.text == "b (g n) h w -> b g" && group_norm.params_text == "(g n)");
static_assert(group_norm.axis_count == 5);
static_assert(group_norm.tensor.rank == 4 && group_norm.tensor.count == 5);
static_assert(run_is(group_norm.tensor, 0, 0, 1) && run_is(group_norm.tensor, 1, 1, 3));
static_assert(run_is(group_norm.tensor, 2, 3, 4) && run_is(group_norm.tensor, 3, 4, 5));
static_assert(axes_are(group_norm.tensor, {0, 1, 2, 3, 4}));
static_assert(group_norm.statistics.rank == 2 && axes_are(group_norm.statistics, {0, 1}));
static_assert(group_norm.params.rank == 1 && axes_are(group_norm.params, {1, 2}) && run_is(group_norm.params, 0, 0, 2));
static_assert(group_norm.find("n") == 2 && group_norm.find("w") == 4);
static_assert(group_norm.find("c") == -1 && group_norm.find("") == -1);

// The right side's order and groups are its own.
constexpr const Pattern &turned = pattern<"b h w c -> 1 (c b) ()">;
static_assert(turned.statistics.rank == 3 && axes_are(turned.statistics, {3, 0}));
static_assert(run_is(turned.statistics, 0, 0, 0) && run_is(turned.statistics, 1, 0, 2) &&
              run_is(turned.statistics, 2, 2, 2));
static_assert(turned.params.rank == 0 && turned.params.count == 0);

// Flags: "kKRr" by axis, without merging.
constexpr char letter(const Axis &axis) {
    return axis.kept ? (axis.params ? 'K' : 'k') : (axis.params ? 'R' : 'r');
}
constexpr bool letters_are(const Pattern &p, std::string_view letters) {
    if (static_cast<std::size_t>(p.axis_count) != letters.size()) {
        return false;
    }
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letter(p.axes[i]) != letters[i]) {
            return false;
        }
    }
    return true;
}
static_assert(letters_are(pattern<"b h w c -> c", "c">, "rrrK"));
static_assert(letters_are(pattern<"b c h w -> b", "c h w">, "kRRR"));
static_assert(letters_are(pattern<"b c h w -> b c", "c">, "kKrr"));
static_assert(letters_are(group_norm, "kKRrr"));
static_assert(letters_are(pattern<"b t (h d) -> b t h", "d">, "kkkR"));
static_assert(letters_are(pattern<"b t (h d) -> b t h", "(h d)">, "kkKR"));
static_assert(letters_are(pattern<"b c ->">, "rr"));
static_assert(letters_are(pattern<"b c ->", "b c">, "RR"));

// The ellipsis is one axis until a shape is known.
static_assert(letters_are(pattern<"b ... c -> b ...", "c">, "kkR"));
static_assert(letters_are(pattern<"b ... c -> c", "...">, "rRk"));
static_assert(pattern<"b ... c -> b ...">.axes[1].is_ellipsis() && !pattern<"b ... c -> b ...">.axes[0].is_ellipsis());
static_assert(pattern<"b ... c -> (... b)">.statistics.rank == 1 &&
              axes_are(pattern<"b ... c -> (... b)">.statistics, {1, 0}));

// Axes without a name: reduced, taken by params in their order.
static_assert(letters_are(pattern<"b 3 2 3 -> b", "3">, "kRrr"));
static_assert(letters_are(pattern<"b 3 2 3 -> b", "3 3">, "kRrR"));
static_assert(axes_are(pattern<"b 3 2 3 -> b", "2 3">.params, {2, 1}));
static_assert(pattern<"b 3 2 -> b">.axes[1].length == 3 && pattern<"b 3 2 -> b">.axes[1].name.empty());
static_assert(pattern<"b c -> b">.axes[1].length == 0);

// Unit axes are dimensions without axes.
static_assert(pattern<"b 1 c -> b">.axis_count == 2 && pattern<"b 1 c -> b">.tensor.rank == 3);
static_assert(run_is(pattern<"b () c -> b">.tensor, 1, 1, 1) && run_is(pattern<"b (1) c -> b">.tensor, 1, 1, 1));

// As many axes as there may be.
static_assert(pattern<"a b c d e f g h i j k l m n o p -> (a b c d) p">.axis_count == max_axes);

}  // namespace
}  // namespace axnorm::test

// Tables of patterns: equal ones, and bad ones beside a good twin.
#include <axnorm/axnorm.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace axnorm::test {
namespace {

bool same_axes(const Pattern &a, const Pattern &b) {
    if (a.axis_count != b.axis_count) {
        return false;
    }
    for (int i = 0; i < a.axis_count; ++i) {
        const Axis &first = a.axes[static_cast<std::size_t>(i)], &second = b.axes[static_cast<std::size_t>(i)];
        if (first.name != second.name || first.length != second.length || first.kept != second.kept ||
            first.params != second.params) {
            return false;
        }
    }
    return true;
}

bool same_dimensions(const Dimensions &a, const Dimensions &b) {
    if (a.rank != b.rank || a.count != b.count) {
        return false;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(a.rank); ++i) {
        if (a.runs[i].begin != b.runs[i].begin || a.runs[i].end != b.runs[i].end) {
            return false;
        }
    }
    return std::equal(a.axes.begin(), a.axes.begin() + a.count, b.axes.begin());
}

struct Texts {
    std::string text, params;
};

TEST(Parser, EquivalentPatterns) {
    // All of a row are the same pattern, dimension by dimension.
    const std::vector<std::vector<Texts>> rows = {
        // Blanks.
        {{"b c h w -> b c", "c"},
         {"b c h w->b c", "c"},
         {"  b  c\th\nw   ->  b c ", " c "},
         {"b c h w ->b c", "\tc\n"}},
        // Blanks about parentheses.
        {{"b (g n) -> b g", "(g n)"},
         {"b ( g n ) -> b g", "( g  n )"},
         {"b(g n)->b g", "(g n)"},
         {"b (g n)-> b g", "(g n )"}},
        // A group of one axis is that axis.
        {{"b c h -> b", "c h"}, {"(b) c (h) -> (b)", "(c) h"}, {"b ( c ) h -> b", "c (h)"}},
        // Unit axes.
        {{"b 1 c -> 1 1 c", ""}, {"b () c -> () 1 c", ""}, {"b (1) c -> ( ) (1) c", ""}, {"b 01 c -> (1 1) 1 c", ""}},
        // A unit axis in a group is nothing.
        {{"(b 1) c -> b", "(c 1)"}, {"b (1 c) -> (b 1)", "c"}, {"(1 b 1) c -> (1 b)", "(1 c)"}},
        // The ellipsis needs no blanks.
        {{"b ... c -> b ...", "c"}, {"b...c->b...", "c"}, {" b ...c -> b... ", "c"}},
        // Everything reduced.
        {{"b c ->", "c"}, {"b c -> ", "c"}, {"b c->", "c"}},
        // An integer by any spelling.
        {{"b 32 -> b", "32"}, {"b 032 -> b", "0032"}, {"b (32) -> b", "(32)"}},
    };
    for (const auto &row : rows) {
        const Pattern first = parse(row[0].text, row[0].params);
        for (const Texts &texts : row) {
            SCOPED_TRACE("'" + texts.text + "' params '" + texts.params + "'");
            const Pattern other = parse(texts.text, texts.params);
            EXPECT_TRUE(same_axes(first, other));
            EXPECT_TRUE(same_dimensions(first.tensor, other.tensor));
            EXPECT_TRUE(same_dimensions(first.statistics, other.statistics));
            EXPECT_TRUE(same_dimensions(first.params, other.params));
        }
    }
}

TEST(Parser, TheSameStatisticsInAnotherShape) {
    // All of a row reduce the same axes; the shape of their statistics, or of their params, differs.
    const std::vector<std::vector<Texts>> rows = {
        {{"b c h w -> b c", "c h"},
         {"b c h w -> c b", "c h"},
         {"b c h w -> (b c)", "h c"},
         {"b c h w -> 1 c (1 b)", "(c h)"}},
        {{"b ... c -> b ...", "... c"}, {"b ... c -> ... b", "c ..."}, {"b ... c -> (b ...)", "(c ...)"}},
        {{"b 2 c -> c", "2 c"}, {"b 2 c -> 1 c 1", "(2 c)"}, {"b 2 c -> (c)", "c 1 2"}},
        {{"b c ->", ""}, {"b c -> 1", ""}, {"b c -> () 1", "1"}},
    };
    for (const auto &row : rows) {
        const Pattern first = parse(row[0].text, row[0].params);
        for (std::size_t i = 1; i < row.size(); ++i) {
            SCOPED_TRACE("'" + row[i].text + "' params '" + row[i].params + "'");
            const Pattern other = parse(row[i].text, row[i].params);
            EXPECT_TRUE(same_axes(first, other));
            EXPECT_TRUE(same_dimensions(first.tensor, other.tensor));
            EXPECT_FALSE(same_dimensions(first.statistics, other.statistics) &&
                         same_dimensions(first.params, other.params));
        }
    }
}

struct BadPattern {
    std::string text, params, message;
    std::size_t caret;
    Texts good;  // the twin: as near as can be, and accepted
    bool in_params = false;
};

const std::string bad_character = "illegal character: axes are names, integers, groups ( ) and ...";
const std::string bad_dots = "illegal character: an ellipsis is three dots";
const std::string bad_underscore = "illegal name: a name neither begins nor ends with an underscore";
const std::string bad_digit = "illegal name: an axis name does not begin with a digit";
const std::string too_long = "illegal length: it is above 2147483647";
const std::string length_0 = "length 0: an axis without a name has a length of at least 1";
const std::string no_arrow = "missing arrow: a pattern is 'axes of the tensor -> axes of the statistics'";
const std::string two_arrows = "second arrow: a pattern has one";
const std::string empty_left = "empty left side: the tensor has no axes";
const std::string nothing_reduced = "nothing reduced: every axis of the left is on the right";
const std::string unknown = "unknown axis: it is on the right, but not on the left";
const std::string unknown_params = "unknown axis in params: the tensor has no such axis";
const std::string duplicate = "duplicate axis: it is named twice on this side";
const std::string not_closed = "unbalanced parentheses: this group is not closed";
const std::string not_open = "unbalanced parentheses: no group is open here";
const std::string nested = "nested parentheses: groups have one level";
const std::string second_ellipsis = "second ellipsis: a side has at most one";
const std::string grouped_ellipsis = "ellipsis in a group: on the left it stands outside of parentheses";
const std::string lone_ellipsis = "ellipsis without one on the left";
const std::string right_length = "length on the right: an axis without a name is always reduced";
const std::string too_many = "too many axes: a tensor has at most 16";

const std::vector<BadPattern> bad_patterns = {
    // Arrows and sides.
    {"", "", no_arrow, 0, {"a ->", ""}},
    {"b c", "", no_arrow, 3, {"b c -> b", ""}},
    {"b c > b", "", no_arrow, 7, {"b c -> b", ""}},
    {"b c - > b", "", no_arrow, 9, {"b c -> b", ""}},
    {"b c -> b -> c", "", two_arrows, 9, {"b c -> b", ""}},
    {"b c ->-> b", "", two_arrows, 6, {"b c -> b", ""}},
    {"-> b", "", empty_left, 0, {"b ->", ""}},
    {"  ->", "", empty_left, 0, {" b ->", ""}},
    {"b c -> b c", "", nothing_reduced, 4, {"b c -> c", ""}},
    {"b c -> (c b) 1", "", nothing_reduced, 4, {"b c d -> (c b) 1", ""}},
    {"b ... -> ... b", "", nothing_reduced, 6, {"b ... -> ...", ""}},
    {"1 () -> 1", "", nothing_reduced, 5, {"1 () b -> 1", ""}},
    // Names on both sides.
    {"b c h w -> k", "", unknown, 11, {"b c h w -> w", ""}},
    {"b c h w -> (b cc)", "", unknown, 14, {"b cc h w -> (b cc)", ""}},
    {"b c -> B", "", unknown, 7, {"B c -> B", ""}},
    {"b c b -> c", "", duplicate, 4, {"b c d -> c", ""}},
    {"b (c b) -> c", "", duplicate, 5, {"b (c d) -> c", ""}},
    {"b c -> b b", "", duplicate, 9, {"b c -> b", ""}},
    {"b c -> (b 1 b)", "", duplicate, 12, {"b c -> (b 1)", ""}},
    // Parentheses.
    {"b (c d -> b", "", not_closed, 2, {"b (c d) -> b", ""}},
    {"b c -> (b", "", not_closed, 7, {"b c -> (b)", ""}},
    {"b c) -> b", "", not_open, 3, {"b (c) -> b", ""}},
    {"b () ) -> b", "", not_open, 5, {"b () c -> b", ""}},
    {"b c -> )b(", "", not_open, 7, {"b c -> (b)", ""}},
    {"b (c (d e)) -> b", "", nested, 5, {"b (c d e) -> b", ""}},
    {"b c -> ((b))", "", nested, 8, {"b c -> (b)", ""}},
    // Ellipses.
    {"... b ... -> b", "", second_ellipsis, 6, {"... b -> b", ""}},
    {"... b -> ... ...", "", second_ellipsis, 13, {"... b -> ...", ""}},
    {"b (... c) -> b", "", grouped_ellipsis, 3, {"b ... c -> b", ""}},
    {"b c -> b ...", "", lone_ellipsis, 9, {"b c ... -> b ...", ""}},
    {"b c -> (b ...)", "", lone_ellipsis, 10, {"b c ... -> (b ...)", ""}},
    {"b .. -> b", "", bad_dots, 2, {"b ... -> b", ""}},
    {"b .... -> b", "", bad_dots, 2, {"b ... -> b", ""}},
    {"b . -> b", "", bad_dots, 2, {"b ... -> b", ""}},
    // Names and characters.
    {"b _c -> b", "", bad_underscore, 2, {"b c_1 -> b", ""}},
    {"b c_ -> b", "", bad_underscore, 2, {"b c_c -> b", ""}},
    {"b _ -> b", "", bad_underscore, 2, {"b c -> b", ""}},
    {"b c -> _b", "", bad_underscore, 7, {"b c -> b", ""}},
    {"b 3d -> b", "", bad_digit, 2, {"b d3 -> b", ""}},
    {"b, c -> b", "", bad_character, 1, {"b c -> b", ""}},
    {"b c-d -> b", "", bad_character, 3, {"b c d -> b", ""}},
    {"b [c] -> b", "", bad_character, 2, {"b (c) -> b", ""}},
    {"b c => b -> b", "", bad_character, 4, {"b c -> b", ""}},
    {"b c -> b!", "", bad_character, 8, {"b c -> b", ""}},
    {"b \xc3\xa9 -> b", "", bad_character, 2, {"b e -> b", ""}},
    {"b\rc -> b", "", bad_character, 1, {"b c -> b", ""}},
    // Lengths.
    {"b 0 -> b", "", length_0, 2, {"b 1 c -> b", ""}},
    {"b (c 00) -> b", "", length_0, 5, {"b (c 10) -> b", ""}},
    {"b 2147483648 -> b", "", too_long, 2, {"b 2147483647 -> b", ""}},
    {"b 99999999999999999999999 -> b", "", too_long, 2, {"b 999999999 -> b", ""}},
    {"b 2 -> 2", "", right_length, 7, {"b 2 -> 1", ""}},
    {"b 2 -> (b 2)", "", right_length, 10, {"b 2 -> (b 1)", ""}},
    // Too many.
    {"a b c d e f g h i j k l m n o p q -> a", "", too_many, 32, {"a b c d e f g h i j k l m n o p -> a", ""}},
    {"(a b c d e f g h i j k l m n o p q) -> a", "", too_many, 33, {"(a b c d e f g h i j k l m n o p) -> a", ""}},
    {"a 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 b -> b", "", too_many, 32, {"a 1 1 1 1 1 1 1 1 1 1 1 1 1 1 b -> b", ""}},
    // Params.
    {"b c -> b", "k", unknown_params, 0, {"b c -> b", "c"}, true},
    {"b c -> b", "c (b k)", unknown_params, 5, {"b c -> b", "c (b)"}, true},
    {"b c -> b", "c c", duplicate, 2, {"b c -> b", "c b"}, true},
    {"b c -> b", "c ...", lone_ellipsis, 2, {"b c ... -> b", "c ..."}, true},
    {"b c ... -> b", "... ...", second_ellipsis, 4, {"b c ... -> b", "..."}, true},
    {"b c -> b", "(c", not_closed, 0, {"b c -> b", "(c)"}, true},
    {"b c -> b", "c)", not_open, 1, {"b c -> b", "c"}, true},
    {"b c -> b", "((c))", nested, 1, {"b c -> b", "(c)"}, true},
    {"b c -> b", "c ->", "arrow in params: they are axes only", 2, {"b c -> b", "c"}, true},
    {"b c -> b", "c;", bad_character, 1, {"b c -> b", "c"}, true},
    {"b c -> b", "c_", bad_underscore, 0, {"b c -> b", "c"}, true},
    {"b 2 -> b", "3", unknown_params, 0, {"b 2 -> b", "2"}, true},
    {"b 2 -> b", "2 2", unknown_params, 2, {"b 2 2 -> b", "2 2"}, true},
    {"b 2 -> b", "0", length_0, 0, {"b 2 -> b", "1"}, true},
};

TEST(Parser, BadPatternsBesideGoodTwins) {
    for (const BadPattern &bad : bad_patterns) {
        SCOPED_TRACE("'" + bad.text + "' params '" + bad.params + "'");
        EXPECT_NO_THROW(parse(bad.good.text, bad.good.params));
        const std::string shown = bad.in_params ? bad.params : bad.text;
        try {
            parse(bad.text, bad.params);
            ADD_FAILURE() << "accepted";
        } catch (const Error &error) {
            const std::string expected =
                "axnorm: " + bad.message + "\n  " + shown + "\n  " + std::string(bad.caret, ' ') + "^";
            EXPECT_EQ(error.what(), expected);
        }
    }
}

// The same parser, so the same words: what does not compile is refused at run time too.
TEST(Parser, OneParserForCompileTimeAndRunTime) {
    const std::string text = "b (g n) ... -> b 1 g", params = "(g n)";
    const Pattern at_run_time = parse(text, params);
    constexpr const Pattern &at_compile_time = pattern<"b (g n) ... -> b 1 g", "(g n)">;
    EXPECT_TRUE(same_axes(at_run_time, at_compile_time));
    EXPECT_TRUE(same_dimensions(at_run_time.tensor, at_compile_time.tensor));
    EXPECT_TRUE(same_dimensions(at_run_time.statistics, at_compile_time.statistics));
    EXPECT_TRUE(same_dimensions(at_run_time.params, at_compile_time.params));
}

}  // namespace
}  // namespace axnorm::test

// The public call: patterns of compile time and of run time, names of lengths, shapes of statistics, defaults.
#include <gtest/gtest.h>

#include "reference.h"
#include "reference/pattern_reference.h"

namespace axnorm::test {
namespace {

const Shape shape = {4, 6, 5, 7};

struct GroupNorm {
    Floats x = floats(normal(product(shape), 3, 2, 81)), scale = floats(normal(6, 1, 0.5, 82)),
           shift = floats(normal(6, 0, 1, 83));
    Floats y = Floats(x.size());
    ConstTensorView x_view{x.data(), extents(shape)}, scale_view{scale.data(), {6}}, shift_view{shift.data(), {6}};
    TensorView y_view{y.data(), extents(shape)};
    Options options{.scale = scale_view, .shift = shift_view, .eps = 1e-3};

    Expected expected() const {
        const Values scales = values(scale), shifts = values(shift);
        return by_pattern("b (g n) h w -> b g", "(g n)", shape, {{"g", 3}}, values(x),
                          {.scale = &scales, .shift = &shifts, .eps = 1e-3});
    }
};

TEST(Normalize, PatternsOfCompileTimeAndRunTime) {
    GroupNorm a, b, c;
    normalize<"b (g n) h w -> b g", "(g n)">(a.x_view, a.y_view, a.options, axis<"g"> = 3);
    normalize("b (g n) h w -> b g", "(g n)", b.x_view, b.y_view, b.options, {{"g", 3}});
    const std::vector<NamedLength> lengths = {{"n", 2}};
    normalize(pattern<"b (g n) h w -> b g", "(g n)">, c.x_view, c.y_view, c.options, lengths);
    EXPECT_TRUE(y_close(values(a.y), a.expected()));
    EXPECT_TRUE(same_bits(values(a.y), values(b.y)));
    EXPECT_TRUE(same_bits(values(a.y), values(c.y)));
}

TEST(Normalize, SeveralLengths) {
    GroupNorm a;
    normalize<"b (g n) h w -> b g", "(g n)">(a.x_view, a.y_view, a.options, axis<"g"> = 3, axis<"n"> = 2,
                                             axis<"h"> = 5);
    EXPECT_TRUE(y_close(values(a.y), a.expected()));
}

TEST(Normalize, Defaults) {
    const Floats x = floats(normal(12, 3, 2, 84));
    Floats y(12);
    normalize<"a b -> a">({x.data(), {3, 4}}, {y.data(), {3, 4}});
    EXPECT_TRUE(y_close(values(y), by_pattern("a b -> a", "", {3, 4}, {}, values(x), {.eps = 1e-5})));
    EXPECT_EQ(Options{}.statistic, Statistic::mean_var);
    EXPECT_FALSE(Options{}.canonical);
}

TEST(Normalize, EpsIsAddedToTheVariance) {
    const Floats x = {1, 3};  // variance 1
    Floats y(2);
    float rstd = 0;
    normalize<"a ->">({x.data(), {2}}, {y.data(), {2}}, {.rstd = {&rstd, {}}, .eps = 3});
    EXPECT_EQ(y, (Floats{-0.5f, 0.5f}));
    EXPECT_EQ(rstd, 0.5f);
    normalize<"a ->">({x.data(), {2}}, {y.data(), {2}}, {.rstd = {&rstd, {}}, .eps = 0});
    EXPECT_EQ(y, (Floats{-1, 1}));
    // In double: 1e-12 would be nothing beside a float of 1.
    const Floats tiny = {1e-6f, 3e-6f};
    normalize<"a ->">({tiny.data(), {2}}, {y.data(), {2}}, {.eps = 3e-12});
    EXPECT_NEAR(y[1], 0.5, 1e-6);
}

// The right side's order, groups and unit axes are the shape of mean and rstd.
TEST(Normalize, ShapesOfStatistics) {
    const auto shape_for = [](std::string_view text, const Shape &x_shape, std::vector<NamedLength> lengths = {}) {
        return shape_of(statistics_shape(parse(text), extents(x_shape), lengths));
    };
    EXPECT_EQ(shape_for("b c h w -> c", {4, 6, 5, 7}), (Shape{6}));
    EXPECT_EQ(shape_for("b c h w -> c b", {4, 6, 5, 7}), (Shape{6, 4}));
    EXPECT_EQ(shape_for("b c h w -> 1 (c b) 1 1", {4, 6, 5, 7}), (Shape{1, 24, 1, 1}));
    EXPECT_EQ(shape_for("b c h w ->", {4, 6, 5, 7}), (Shape{}));
    EXPECT_EQ(shape_for("b (g n) h w -> b g", {4, 6, 5, 7}, {{"g", 3}}), (Shape{4, 3}));
    EXPECT_EQ(shape_for("b (g n) h w -> b g", {4, 6, 5, 7}, {{"n", 3}}), (Shape{4, 2}));
    EXPECT_EQ(shape_for("b ... c -> b ...", {4, 6, 5, 7}), (Shape{4, 6, 5}));
    EXPECT_EQ(shape_for("b ... c -> (b ...)", {4, 6, 5, 7}), (Shape{120}));
    EXPECT_EQ(shape_for("b ... c -> (...) b", {4, 7}), (Shape{1, 4}));
    EXPECT_EQ(shape_for("b ... c -> ... b", {4, 7}), (Shape{4}));
    EXPECT_EQ(shape_for("b ... c -> c", {4, 6, 5, 7}), (Shape{7}));
    EXPECT_THROW(shape_for("b c -> b", {4}), Error);
    EXPECT_THROW(shape_for("b (g n) -> b g", {4, 6}), Error);
}

// Mean in the order that the right side gives it.
TEST(Normalize, OrderOfStatistics) {
    const Floats x = floats(normal(product(shape), 3, 2, 85));
    for (const std::string text : {"b c h w -> b c", "b c h w -> c b", "b c h w -> 1 (w b) 1", "b c h w -> (h 1 b) c",
                                   "b ... w -> (... b)", "... w -> w"}) {
        SCOPED_TRACE(text);
        const Expected expected = by_pattern(text, "", shape, {}, values(x));
        EXPECT_EQ(expected.statistics_shape, shape_of(statistics_shape(parse(text), extents(shape))));
        Floats y(x.size());
        Tensor mean(expected.statistics_shape), rstd(expected.statistics_shape);
        normalize(text, "", {x.data(), extents(shape)}, {y.data(), extents(shape)},
                  {.mean = mean.out(), .rstd = rstd.out()});
        EXPECT_TRUE(mean_close(mean.get(), expected));
        EXPECT_TRUE(rstd_close(rstd.get(), expected));
    }
}

// The given mean and rstd of a call are those of another: together they are mean_var.
TEST(Normalize, GivenStatistics) {
    GroupNorm a, b;
    Tensor mean({4, 3}), rstd({4, 3});
    a.options.mean = mean.out();
    a.options.rstd = rstd.out();
    normalize<"b (g n) h w -> b g", "(g n)">(a.x_view, a.y_view, a.options, axis<"g"> = 3);
    b.options.statistic = Statistic::given;
    b.options.given_mean = mean.view();
    b.options.given_rstd = rstd.view();
    normalize<"b (g n) h w -> b g", "(g n)">(b.x_view, b.y_view, b.options, axis<"g"> = 3);
    EXPECT_TRUE(y_close(values(b.y), a.expected()));
    // Without a mean it is 0.
    b.options.given_mean = {};
    normalize<"b (g n) h w -> b g", "(g n)">(b.x_view, b.y_view, b.options, axis<"g"> = 3);
    const Values rstds = rstd.get(), scales = values(b.scale), shifts = values(b.shift);
    EXPECT_TRUE(
        y_close(values(b.y),
                by_pattern("b (g n) h w -> b g", "(g n)", shape, {{"g", 3}}, values(b.x),
                           {.scale = &scales, .shift = &shifts, .statistic = Statistic::given, .given_rstd = &rstds})));
}

TEST(Normalize, RootMeanSquare) {
    const Floats x = {3, 4, 0, 5}, scale = {1, 2};
    Floats y(4), rstd(2);
    normalize<"b c -> b", "c">(
        {x.data(), {2, 2}}, {y.data(), {2, 2}},
        {.statistic = Statistic::rms, .scale = {scale.data(), {2}}, .rstd = {rstd.data(), {2}}, .eps = 0});
    const double r = 1 / std::sqrt(12.5);
    EXPECT_NEAR(rstd[0], r, 1e-7);
    EXPECT_NEAR(rstd[1], r, 1e-7);
    EXPECT_NEAR(y[0], 3 * r, 1e-6);
    EXPECT_NEAR(y[1], 8 * r, 1e-6);
    EXPECT_NEAR(y[2], 0, 0);
}

// A pattern by other words: the same y, bit for bit where the groups are the same.
TEST(Normalize, EquivalentPatterns) {
    const std::vector<std::vector<std::string>> rows = {
        {"b c h w -> b c", "b c ... -> b c", "b c h w -> c b", "b c (h) w -> 1 (b c)", "... h w -> ...",
         "b c 5 7 -> b c", "(b 1) c h w -> b c"},
        {"b c h w -> c", "b c ... -> c", "... c h w -> c", "4 c 5 7 -> c", "b (c) h w -> 1 c 1 1"},
        {"b c h w ->", "... ->", "4 6 5 7 ->", "b ... -> 1", "(a b) c h w -> a"},
    };
    const Floats x = floats(normal(product(shape), 3, 2, 86));
    for (const auto &row : rows) {
        Floats first(x.size());
        normalize(row[0], "", {x.data(), extents(shape)}, {first.data(), extents(shape)});
        for (const std::string &text : row) {
            SCOPED_TRACE(text);
            Floats y(x.size());
            // The only free length: one sample group, as if there was none.
            const std::vector<NamedLength> lengths(text.starts_with("(a b)") ? 1 : 0, {"a", 1});
            normalize(parse(text), {x.data(), extents(shape)}, {y.data(), extents(shape)}, {}, lengths);
            EXPECT_TRUE(same_bits(values(y), values(first)));
        }
    }
}

TEST(Normalize, ScalarAxes) {
    // Ranks of up to 16, most axes of length 1.
    Shape many(16, 1);
    many[3] = 5;
    many[15] = 7;
    const Floats x = floats(normal(35, 3, 2, 87));
    Floats y(35), expected(35);
    normalize("a b c d e f g h i j k l m n o p -> d", "", {x.data(), extents(many)}, {y.data(), extents(many)});
    normalize("d p -> d", "", {x.data(), {5, 7}}, {expected.data(), {5, 7}});
    EXPECT_TRUE(same_bits(values(y), values(expected)));
}

}  // namespace
}  // namespace axnorm::test

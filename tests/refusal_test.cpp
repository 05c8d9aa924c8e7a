// Bad input: a clear error, and nothing written.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "reference/tensors.h"

namespace axnorm::test {
namespace {

// A good call of "b (g n) h w -> b g", of which a test makes one thing bad.
struct GoodCall {
    std::string text = "b (g n) h w -> b g", params = "(g n)";
    std::vector<NamedLength> lengths = {{"g", 3}};
    Tensor x{{2, 6, 4, 5}}, y{{2, 6, 4, 5}}, scale{{6}}, shift{{6}}, mean{{2, 3}}, rstd{{2, 3}};
    ConstTensorView x_view = x.view();
    TensorView y_view = y.out();
    Options options{.scale = scale.view(), .shift = shift.view(), .mean = mean.out(), .rstd = rstd.out()};

    GoodCall() {
        x.fill(normal(240, 0, 1, 31));
        scale.fill(normal(6, 1, 1, 32));
        shift.fill(normal(6, 0, 1, 33));
    }

    void run() const { normalize(parse(text, params), x_view, y_view, options, lengths); }
};

// The words of the error; also that nothing was written.
std::string refusal(const GoodCall &call) {
    const Values x = call.x.get(), scale = call.scale.get();
    std::string message = "accepted";
    try {
        call.run();
    } catch (const Error &error) {
        message = error.what();
    }
    EXPECT_TRUE(call.y.untouched() && call.mean.untouched() && call.rstd.untouched());
    EXPECT_TRUE(same_bits(call.x.get(), x) && same_bits(call.scale.get(), scale));
    return message;
}

testing::AssertionResult says(const std::string &message, std::initializer_list<std::string> words) {
    for (const std::string &word : words) {
        if (message.find(word) == std::string::npos) {
            return testing::AssertionFailure() << "no '" << word << "' in: " << message;
        }
    }
    return testing::AssertionSuccess();
}

template <typename Change>
std::string refusal_after(const Change &change) {
    GoodCall call;
    change(call);
    return refusal(call);
}

TEST(Refusal, NotOfTheGoodCall) {
    GoodCall call;
    EXPECT_NO_THROW(call.run());
    EXPECT_FALSE(call.y.untouched() || call.mean.untouched() || call.rstd.untouched());
}

TEST(Refusal, TellsPatternShapesAndLengths) {
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.lengths = {{"g", 4}};
                     }),
                     {"axnorm: ", "b (g n) h w -> b g", "(g n)", "[2, 6, 4, 5]", "g = 4"}));
}

TEST(Refusal, RankMismatch) {
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.x_view = {c.x.data(), {2, 6, 20}}; }), {"rank", "3", "4"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.text = "b (g n) h w k ... -> b g"; }), {"rank", "at least 5"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.y_view = {c.y.data(), {2, 6, 20}}; }), {"y"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.x_view = {c.x.data(), {2, 6, 4, 5}, {120, 20, 5}};
                     }),
                     {"x", "stride"}));
}

TEST(Refusal, Lengths) {
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths = {{"g", 4}}; }), {"divisible", "(g n)", "6"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths = {}; }), {"two unknown lengths", "'g'", "'n'"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"q", 4}); }), {"'q'", "does not have"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"h", 5}); }), {"'h'", "contradicts"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"n", 3}); }), {"g n", "9", "contradicts"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"g", 3}); }), {"'g'", "twice"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths = {{"g", 0}}; }), {"(g n)"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths = {{"g", -3}}; }), {"'g'", "negative"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"...", 3}); }), {"'...'"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths.push_back({"", 3}); }), {"does not have"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.text = "b (g n) 3 w -> b g"; }), {"3", "contradicts"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.text = "b (g n) 1 w -> b g"; }), {"unit axis"}));
    // What fits is right: lengths that the shape tells too.
    GoodCall call;
    call.lengths = {{"g", 3}, {"n", 2}, {"h", 4}, {"b", 2}};
    EXPECT_NO_THROW(call.run());
}

TEST(Refusal, ShapesOfParamsAndStatistics) {
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.scale = {c.scale.data(), {5}};
                     }),
                     {"scale", "[5]", "[6]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.shift = {c.shift.data(), {3, 2}};
                     }),
                     {"shift", "[3, 2]", "[6]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.scale = {c.scale.data(), {}};
                     }),
                     {"scale", "[]", "[6]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.mean = {c.mean.data(), {3, 2}};
                     }),
                     {"mean", "[3, 2]", "[2, 3]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.rstd = {c.rstd.data(), {6}};
                     }),
                     {"rstd", "[6]", "[2, 3]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.y_view = {c.y.data(), {2, 6, 5, 4}};
                     }),
                     {"y", "[2, 6, 5, 4]", "[2, 6, 4, 5]"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.params = ""; }), {"scale", "params"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.mean = {c.mean.data(), {2, 3}, {0, 1}}; }), {"mean"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.rstd = {c.rstd.data(), {2, 3}, {1, 1}}; }), {"rstd"}));
}

TEST(Refusal, AbsentTensors) {
    EXPECT_NE(refusal_after([](GoodCall &c) { c.x_view = {}; }), "accepted");
    EXPECT_NE(refusal_after([](GoodCall &c) { c.y_view = {}; }), "accepted");
    // A pattern of one reduced axis, and x or y of rank 0.
    Tensor y({3});
    EXPECT_THROW(normalize("... ->", "", {}, y.out()), Error);
    EXPECT_THROW(normalize("... ->", "", y.view(), {}), Error);
    EXPECT_TRUE(y.untouched());
}

// Those that do not go together: dtype_test.cpp.
TEST(Refusal, DevicesAndStatisticsOfOtherDTypes) {
    for (const DType dtype : {DType::float64, DType::float16, DType::bfloat16}) {
        EXPECT_TRUE(says(refusal_after([&](GoodCall &c) {
                             c.options.scale = {static_cast<const void *>(c.scale.data()), dtype, {6}};
                         }),
                         {"scale", name_of(dtype), "float32"}));
        EXPECT_TRUE(says(refusal_after([&](GoodCall &c) {
                             c.options.mean = {static_cast<void *>(c.mean.data()), dtype, {2, 3}};
                         }),
                         {"mean", name_of(dtype), "float32"}));
    }
    EXPECT_TRUE(
        says(refusal_after([](GoodCall &c) {
                 c.x_view = {static_cast<const void *>(c.x.data()), DType::float32, {2, 6, 4, 5}, {}, Device::cuda};
             }),
             {"y is on device cpu, x is on device cuda:0", "x: float32 [2, 6, 4, 5] on cuda:0"}));
    EXPECT_TRUE(
        says(refusal_after([](GoodCall &c) {
                 c.options.rstd = {static_cast<void *>(c.rstd.data()), DType::float32, {2, 3}, {}, Device::cuda};
             }),
             {"rstd is on device cuda:0, x is on device cpu"}));
}

TEST(Refusal, NullNegativeAndTooLarge) {
    constexpr std::int64_t big = std::int64_t{1} << 62;
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.x_view = {nullptr, {2, 6, 4, 5}}; }), {"x", "null"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.y_view = {nullptr, {2, 6, 4, 5}}; }), {"y", "null"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.shift = {nullptr, {6}}; }), {"shift", "null"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.mean = {nullptr, {2, 3}}; }), {"mean", "null"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.x_view = {c.x.data(), {-2, 6, 4, 5}}; }), {"x", "-2"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.x_view = {c.x.data(), {2, 6, 4, 5}, {120, -20, 5, 1}};
                     }),
                     {"x", "-20"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.y_view = {c.y.data(), {2, 6, 4, 5}, {120, 20, -5, 1}};
                     }),
                     {"y", "-5"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.y_view = {c.y.data(), {2, 6, 4, 5}, {0, 20, 5, 1}};
                     }),
                     {"y", "stride 0", "'b'"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.x_view = {c.x.data(), {big, 6, 4, 5}};
                         c.y_view = {c.y.data(), {big, 6, 4, 5}};
                     }),
                     {"overflow"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.x_view = {c.x.data(), {big / 30, 6, 4, 5}, {0, 0, 0, 0}};
                         c.y_view = {c.y.data(), {big / 30, 6, 4, 5}};
                     }),
                     {"overflow"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.x_view = {c.x.data(), {2, 6, 4, 5}, {big, big, 5, 1}};
                     }),
                     {"x", "overflow"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.y_view = {c.y.data(), {2, 6, 4, 5}, {big, 20, 5, 1}};
                     }),
                     {"y", "overflow"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.lengths = {{"g", big}, {"n", 8}}; }), {"overflow"}));
    EXPECT_THROW(Extents(std::vector<std::int64_t>(17, 1)), Error);
    // A length that no element of an empty tensor bounds.
    EXPECT_THROW(statistics_shape(parse("b (g n) -> (b g)"), {8, 0}, std::array{NamedLength{"g", big}}), Error);
}

// The strides of axes of length 1 find no element, nor do those of an empty tensor: they may be anything.
TEST(Refusal, NotOfStridesThatNoElementIsFoundBy) {
    constexpr std::int64_t least = INT64_MIN, most = INT64_MAX;
    const Shape shape = {2, 1, 6, 1, 5}, statistics = {2, 1, 3};
    Tensor x(shape), y(shape), expected(shape), mean(statistics), expected_mean(statistics), scale({6, 1});
    x.fill(normal(60, 0, 1, 36));
    scale.fill(normal(6, 0, 1, 37));
    const std::string text = "b 1 (g n) h w -> b 1 g";
    const NamedLength g("g", 3);
    const auto run = [&](std::string_view of, const ConstTensorView &from, const TensorView &to,
                         const Options &options) {
        normalize(parse(of, "(g n) h"), from, to, options, {&g, 1});
    };
    run(text, x.view(), expected.out(), {.scale = scale.view(), .mean = expected_mean.out()});
    for (const std::int64_t stride :
         {least, -most, std::int64_t{-7}, std::int64_t{-1}, std::int64_t{0}, most / 2, most}) {
        const Extents strides{30, stride, 5, stride, 1};
        run(text, {x.data(), extents(shape), strides}, {y.data(), extents(shape), strides},
            {.scale = {scale.data(), {6, 1}, {1, stride}}, .mean = {mean.data(), {2, 1, 3}, {3, stride, 1}}});
        EXPECT_TRUE(same_bits(y.get(), expected.get())) << stride;
        EXPECT_TRUE(same_bits(mean.get(), expected_mean.get())) << stride;
        // In place: strides that differ nowhere else.
        const Values before = x.get();
        run(text, {x.data(), extents(shape), strides}, {x.data(), extents(shape), {30, 1, 5, 1, 1}},
            {.scale = scale.view()});
        EXPECT_TRUE(same_bits(x.get(), expected.get())) << stride;
        x.fill(before);
        // Of an empty tensor all of them.
        const Extents none{2, 6, 0, 5}, any{stride, -3, stride, stride};
        EXPECT_NO_THROW(run("b (g n) h w -> b g", {nullptr, none, any}, {nullptr, none, any},
                            {.scale = {nullptr, {6, 0}, {stride, stride}}}));
        EXPECT_EQ(statistics_shape(parse("b (g n) h w -> b g"), none, {&g, 1})[1], 3);
    }
    // Those of statistics of nothing are there, and so is the stride of a group's axes.
    Tensor nothing({2, 3});
    EXPECT_THROW(run("b (g n) h w -> b g", {nullptr, {2, 6, 0, 5}}, {nullptr, {2, 6, 0, 5}},
                     {.mean = {nothing.data(), {2, 3}, {-3, 1}}}),
                 Error);
    EXPECT_TRUE(nothing.untouched());
    run("b (g n) h w -> b g", {nullptr, {2, 6, 0, 5}, {-1, -1, -1, -1}}, {nullptr, {2, 6, 0, 5}},
        {.mean = nothing.out()});
    EXPECT_TRUE(std::isnan(nothing.get()[5]));
}

TEST(Refusal, EpsAndThreads) {
    for (const auto &[eps, words] :
         {std::pair(-1e-9, "eps is -1e-09, it has to be at least 0"), std::pair(-1e-300, "eps is -1e-300,"),
          std::pair(-5e-324, "eps is -5e-324,"), std::pair(-1e300, "eps is -1e+300,"),
          std::pair(-0.125, "eps is -0.125,"), std::pair(std::numeric_limits<double>::quiet_NaN(), "eps is nan,")}) {
        EXPECT_TRUE(says(refusal_after([wrong = eps](GoodCall &c) { c.options.eps = wrong; }), {words}));
    }
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.parallel.threads = -1; }), {"threads"}));
    const int before = num_threads();
    EXPECT_THROW(set_num_threads(0), Error);
    EXPECT_THROW(set_num_threads(-1), Error);
    EXPECT_EQ(num_threads(), before);
}

TEST(Refusal, StatisticsThatDoNotGoTogether) {
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.statistic = Statistic::rms; }), {"mean"}));
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) { c.options.statistic = Statistic::given; }), {"given"}));
    EXPECT_TRUE(says(
        refusal_after([](GoodCall &c) { c.options = {.statistic = Statistic::given, .given_mean = c.mean.view()}; }),
        {"given_rstd"}));
    EXPECT_TRUE(
        says(refusal_after([](GoodCall &c) { c.options = {.given_mean = c.mean.view(), .given_rstd = c.rstd.view()}; }),
             {"given"}));
}

// Operands have the names that the caller gives them.
TEST(Refusal, NamesGivenStatistics) {
    const auto message = [](const auto &change) {
        return refusal_after([&](GoodCall &c) {
            c.options = {.statistic = Statistic::given, .given_mean = c.mean.view(), .given_rstd = c.rstd.view()};
            change(c);
        });
    };
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_mean = {c.mean.data(), {3, 2}};
                     }),
                     {"the shape of given_mean is [3, 2]", "\n  given_mean: float32 [3, 2]", "\n  given_rstd: "}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_rstd = {nullptr, {2, 3}};
                     }),
                     {"given_rstd has a null pointer"}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_rstd = {c.rstd.data(), {2, 3}, {-3, 1}};
                     }),
                     {"negative stride -3 of given_rstd"}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_rstd = {c.rstd.data(), {2, 3}, {1}};
                     }),
                     {"given_rstd has 2 dimensions, but 1 strides"}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_mean = {c.mean.data(), {2, 3}, {std::int64_t{1} << 62, 1}};
                     }),
                     {"the byte count of given_mean overflows"}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_mean = {static_cast<const void *>(c.mean.data()), DType::float64, {2, 3}};
                     }),
                     {"the dtype of given_mean is float64"}));
    EXPECT_TRUE(says(
        message([](GoodCall &c) {
            c.options.given_rstd = {static_cast<const void *>(c.rstd.data()), DType::float32, {2, 3}, {}, Device::cuda};
        }),
        {"given_rstd is on device cuda:0, x is on device cpu"}));
    EXPECT_TRUE(says(message([](GoodCall &c) {
                         c.options.given_mean = {c.y.data(), {2, 3}};
                     }),
                     {"y overlaps given_mean"}));
    // Those that are written have theirs.
    EXPECT_TRUE(says(refusal_after([](GoodCall &c) {
                         c.options.mean = {c.mean.data(), {3, 2}};
                     }),
                     {"the shape of mean is [3, 2]", "\n  mean: float32 [3, 2]"}));
}

// The mean is 0 where only rstd is given.
TEST(Refusal, NotOfGivenStatisticsWithoutAMean) {
    GoodCall call, zero;
    call.rstd.fill(normal(6, 1, 0.1, 35));
    zero.mean.fill(Values(6, 0.0));
    call.options = {.statistic = Statistic::given, .given_rstd = call.rstd.view()};
    zero.options = {.statistic = Statistic::given, .given_mean = zero.mean.view(), .given_rstd = call.rstd.view()};
    call.run();
    zero.run();
    EXPECT_TRUE(same_bits(call.y.get(), zero.y.get()));
}

TEST(Refusal, TooManyAxesAfterExpansion) {
    const Shape shape(16, 1);
    Tensor x(shape), y(shape);
    EXPECT_THROW(normalize("(a b) ... -> ...", "", x.view(), y.out(), {}, {{"a", 1}}), Error);
    EXPECT_TRUE(y.untouched());
    EXPECT_NO_THROW(normalize("a ... -> ...", "", x.view(), y.out()));
}

}  // namespace
}  // namespace axnorm::test

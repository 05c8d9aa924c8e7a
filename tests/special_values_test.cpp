// Constant data, single elements, no elements, NaN and Inf.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "reference/pattern_reference.h"
#include "systems.h"

namespace axnorm::test {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// The variance of constant data is 0 exactly, and so is y before the shift: a mean that is off by one ulp would show.
// Above 1e26 the square of one ulp is no longer a float.
TEST(ConstantData, GivesTheShiftExactly) {
    for (const std::int64_t n : {1, 2, 3, 5, 7, 31, 32, 33, 63, 100, 2049, 4096, 5000, 50000}) {
        for (const auto &[text, shape] : std::vector<std::pair<std::string, Shape>>{{"b c -> b", {3, n}},
                                                                                    {"b c -> c", {n, 3}},
                                                                                    {"b c -> c", {n, 40}},
                                                                                    {"a b c -> b", {n, 2, 3}},
                                                                                    {"a b c -> b", {3, 2, n}}}) {
            Tensor x(shape), shift(params_shape(text, "b", shape, {}));
            shift.fill(normal(shift.count(), 0, 1, 21));
            const Values shifts = shift.get(), zeros(static_cast<std::size_t>(x.count()), 0.0);
            const Expected expected = by_pattern(text, "b", shape, {}, zeros, {.shift = &shifts});
            for (const float value : {0.0f, -0.0f, 1.0f, 0.1f, -0.3f, 1e6f + 0.1f, 16777217.0f, 1e-30f, 1e25f}) {
                SCOPED_TRACE(text + ' ' + to_string(shape) + " of " + std::to_string(value));
                Tensor y(shape), mean(right_side_shape(text, shape, {})), rstd(mean.shape());
                x.fill(Values(static_cast<std::size_t>(x.count()), value));
                normalize(text, "b", x.view(), y.out(),
                          {.shift = shift.view(), .mean = mean.out(), .rstd = rstd.out(), .eps = 1e-5});
                const Values actual = y.get();
                for (std::size_t i = 0; i < actual.size(); ++i) {
                    ASSERT_EQ(actual[i], static_cast<float>(expected.y[i]));
                }
                for (const double m : mean.get()) {
                    ASSERT_EQ(m, value);
                }
                for (const double r : rstd.get()) {
                    ASSERT_FLOAT_EQ(static_cast<float>(r), static_cast<float>(1 / std::sqrt(1e-5)));
                }
            }
        }
    }
}

// Without eps the rstd is infinite, and 0 times it NaN, as in the reference.
TEST(ConstantData, IsNaNWithoutEps) {
    for (const std::string text : {"b c -> b", "b c -> c"}) {
        Tensor x({40, 40}), y({40, 40}), rstd({40});
        x.fill(Values(1600, 0.1f));
        normalize(text, "", x.view(), y.out(), {.rstd = rstd.out(), .eps = 0});
        for (const double value : y.get()) {
            ASSERT_TRUE(std::isnan(value));
        }
        for (const double value : rstd.get()) {
            ASSERT_EQ(value, infinity);
        }
    }
}

TEST(OneElementPerGroup, GivesTheShift) {
    for (const auto &[text, shape] : std::vector<std::pair<std::string, Shape>>{{"b c h w -> b c", {3, 5, 1, 1}},
                                                                                {"b h w c -> b c", {3, 1, 1, 65}},
                                                                                {"b c -> b", {70, 1}},
                                                                                {"b c -> c", {1, 70}},
                                                                                {"a ->", {1}}}) {
        SCOPED_TRACE(text);
        Tensor x(shape), y(shape), mean(right_side_shape(text, shape, {})), rstd(mean.shape());
        const std::string params = text == "a ->" ? "a" : "c";
        Tensor scale(params_shape(text, params, shape, {})), shift(scale.shape());
        const Values values = normal(x.count(), 1e4, 100, 22), shifts = normal(shift.count(), 0, 1, 23);
        x.fill(values);
        scale.fill(normal(scale.count(), 1, 1, 24));
        shift.fill(shifts);
        normalize(text, params, x.view(), y.out(),
                  {.scale = scale.view(), .shift = shift.view(), .mean = mean.out(), .rstd = rstd.out(), .eps = 0.25});
        const Expected expected = by_pattern(text, params, shape, {}, Values(values.size(), 0.0f), {.shift = &shifts});
        const Values actual = y.get();
        for (std::size_t i = 0; i < actual.size(); ++i) {
            ASSERT_EQ(actual[i], static_cast<float>(expected.y[i]));
        }
        EXPECT_TRUE(same_bits(mean.get(), values));
        EXPECT_EQ(rstd.get(), Values(values.size(), 2.0f));
    }
}

TEST(NoElements, Succeed) {
    const std::vector<std::tuple<std::string, Shape, Shape>> cases = {
        {"b c -> b", {3, 0}, {3}},
        {"b c -> b", {0, 3}, {0}},
        {"b c -> c", {0, 3}, {3}},
        {"b c h -> c", {0, 2, 0}, {2}},
        {"b c h w -> b c", {2, 3, 0, 5}, {2, 3}},
        {"a ->", {0}, {}},
        {"b c d -> (d b)", {2, 0, 40}, {80}},
    };
    for (const auto &[text, shape, statistics] : cases) {
        for (const bool canonical : {false, true}) {
            SCOPED_TRACE(text + ' ' + to_string(shape));
            Tensor x(shape), y(shape), mean(statistics), rstd(statistics);
            normalize(text, "", x.view(), y.out(), {.mean = mean.out(), .rstd = rstd.out(), .canonical = canonical});
            EXPECT_TRUE(y.untouched());
            for (const Tensor &tensor : {mean, rstd}) {
                EXPECT_TRUE(tensor.guards_intact());
                for (const double value : tensor.get()) {
                    EXPECT_TRUE(std::isnan(value));
                }
            }
            // Null data of no elements.
            normalize(text, "", {nullptr, extents(shape)}, {nullptr, extents(shape)}, {.canonical = canonical});
        }
    }
    // Strides of nothing are as good as any.
    Tensor mean({3});
    normalize("b c -> b", "", {nullptr, {3, 0}, {0, 0}}, {nullptr, {3, 0}, {0, 0}}, {.mean = mean.out()});
    normalize("(b c) d -> b", "", {nullptr, {0, 5}}, {nullptr, {0, 5}}, {.mean = mean.out()}, {{"b", 3}, {"c", 0}});
}

// Places of the value that differ in what they go through: the pivot, a whole step, a partial one, the last block.
std::vector<std::int64_t> places(std::int64_t count) {
    return {0, 5, 40, count / 2, count - 2, count - 1};
}

void expect_as_the_reference(const System &system, const Shape &shape, const Values &x, DTypePair dtypes) {
    const std::int64_t groups = shape[system.channels_last ? 3 : 1] / 2;
    const Expected expected = Call(system, shape, groups, x, {}, dtypes).expected();
    for (const bool canonical : {false, true}) {
        SCOPED_TRACE(canonical ? "canonical" : "exact");
        Call call(system, shape, groups, x, {}, dtypes);
        call.options.canonical = canonical;
        call.run();
        const Tolerance tolerance = Tolerance().of(dtypes);
        EXPECT_TRUE(y_close(call.y.get(), expected, tolerance));
        EXPECT_TRUE(mean_close(call.mean.get(), expected, tolerance));
        EXPECT_TRUE(rstd_close(call.rstd.get(), expected, tolerance));
    }
}

TEST(NaNAndInf, SpreadThroughTheirOwnGroup) {
    for (const System &system : systems()) {
        for (const DTypePair dtypes : default_dtypes()) {
            for (const Shape &shape :
                 {system.shape(3, 6, 9, 11), system.shape(2, 36, 7, 5), system.shape(1, 4, 50, 50)}) {
                const Values clean = normal(product(shape), 1, 2, 25, dtypes.x);
                const std::vector<std::int64_t> all = places(product(shape));
                for (std::size_t i = 0; i < all.size(); ++i) {
                    for (std::size_t v = 0; v < 3; ++v) {
                        if (dtypes != DTypePair{} && v != i % 3) {
                            continue;  // all of them with float32, in turn with the others
                        }
                        const float value = std::array{nan, infinity, -infinity}[v];
                        SCOPED_TRACE(system.name + ' ' + to_string(shape) + ' ' + name_of(dtypes) + ": " +
                                     std::to_string(value) + " at " + std::to_string(all[i]));
                        Values x = clean;
                        x[static_cast<std::size_t>(all[i])] = value;
                        expect_as_the_reference(system, shape, x, dtypes);
                    }
                }
            }
        }
    }
}

// Other groups have the bits that they have without it.
TEST(NaNAndInf, LeaveOtherGroupsAlone) {
    for (const System &system : systems()) {
        SCOPED_TRACE(system.name);
        const Shape shape = system.shape(3, 6, 9, 11);
        const Values clean = normal(product(shape), 1, 2, 26);
        Call before(system, shape, 3, clean);
        before.run();
        for (const float value : {nan, infinity}) {
            Values x = clean;
            x[700] = value;
            Call after(system, shape, 3, x);
            after.run();
            const Values y = after.y.get(), old = before.y.get();
            std::size_t changed = 0;
            for (std::size_t i = 0; i < y.size(); ++i) {
                changed += std::isnan(y[i]) ? 1 : 0;
                ASSERT_TRUE(std::isnan(y[i]) || y[i] == old[i]) << i;
            }
            EXPECT_EQ(changed, y.size() / static_cast<std::size_t>(after.mean.count()));
        }
    }
}

TEST(NaNAndInf, OfOneGroupAreBothThere) {
    for (const std::string text : {"b c -> b", "c b -> b"}) {
        const Shape shape = text == "b c -> b" ? Shape{2, 100} : Shape{100, 2};
        Tensor x(shape), y(shape), mean({2}), rstd({2});
        Values values = normal(200, 0, 1, 27);
        values[10] = infinity;
        values[50] = -infinity;  // of the same group in both
        x.fill(values);
        normalize(text, "", x.view(), y.out(), {.mean = mean.out(), .rstd = rstd.out()});
        EXPECT_TRUE(std::isnan(mean.get()[0]) && std::isnan(rstd.get()[0]));
        EXPECT_TRUE(std::isfinite(mean.get()[1]) && std::isfinite(rstd.get()[1]));
    }
}

// Of a param it stays with the elements that the param indexes.
TEST(NaNAndInf, OfParams) {
    for (const System &system : systems()) {
        SCOPED_TRACE(system.name);
        const Shape shape = system.shape(2, 6, 4, 5);
        Call call(system, shape, 3, normal(product(shape), 1, 2, 28));
        Values scale = call.scale.get(), shift = call.shift.get();
        scale[1] = nan;
        shift[2] = infinity;
        call.scale.fill(scale);
        call.shift.fill(shift);
        const Expected expected = call.expected();
        call.run();
        EXPECT_TRUE(y_close(call.y.get(), expected));
        EXPECT_TRUE(mean_close(call.mean.get(), expected));
    }
}

}  // namespace
}  // namespace axnorm::test

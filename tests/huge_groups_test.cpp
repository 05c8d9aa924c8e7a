// Statistic groups of more than 2^31 elements, and those that reach as far: kernels cannot index them, and are given
// copies of their parts. Memory is address space of which few pages are used.
#include <gtest/gtest.h>

#include <cstring>

#include "reference.h"
#include "reference/pattern_reference.h"
#include "sparse.h"

namespace axnorm::test {
namespace {

// A call whose tensors lie as far apart as it says, and what it gives.
struct Result {
    Values y, mean, rstd;
};
struct Distant {
    std::string text, params;
    Shape shape, far, near;  // strides: in both the groups are the same, and what they are merged to

    Result run(const Shape &strides, DTypePair dtypes, Statistic statistic, const Values &values, const Options &base,
               bool in_place = false) const {
        std::int64_t count = 1;
        for (std::size_t i = 0; i < shape.size(); ++i) {
            count += (shape[i] - 1) * strides[i];
        }
        const Sparse x(count, size_of(dtypes.x)), y(count, size_of(dtypes.y));
        std::size_t next = 0;
        visit_three(shape, strides,
                    [&](std::int64_t i) { store(values[next++], dtypes.x, x.bytes() + i * size_of(dtypes.x)); });
        Tensor mean(right_side_shape(text, shape, {}), {}, statistics_dtype(dtypes.x)), rstd = mean_like(mean);
        Options options = base;
        options.statistic = statistic;
        options.rstd = rstd.out();
        if (statistic == Statistic::mean_var) {
            options.mean = mean.out();
        }
        const Sparse &to = in_place ? x : y;
        normalize(text, params, {x.bytes(), dtypes.x, extents(shape), extents(strides)},
                  {to.bytes(), dtypes.y, extents(shape), extents(strides)}, options);
        Result result{{}, mean.get(), rstd.get()};
        visit_three(shape, strides,
                    [&](std::int64_t i) { result.y.push_back(load(dtypes.y, to.bytes() + i * size_of(dtypes.y))); });
        return result;
    }

    static Tensor mean_like(const Tensor &mean) { return Tensor(mean.shape(), {}, mean.dtype()); }
};

// Reduced groups that reach further than kernels index have the bits of those that do not.
TEST(Huge, ReducedGroupsFarApart) {
    const std::int64_t tera = giga << 10;
    const std::vector<Distant> cases = {
        {"a b c -> c", "c", {3, 5, 40}, {3 * giga, 45, 1}, {300, 45, 1}},
        {"a b c ->", "", {3, 2, 40}, {tera, 2 * giga, 1}, {500, 77, 1}},
        {"a b c -> a", "b", {2, 3, 7}, {tera, 8 * giga, 3 * giga}, {200, 50, 6}},
        {"a b c -> b", "a c", {4, 2, 600}, {tera / 2, 4 * giga, 1}, {5000, 700, 1}},
        {"a b c -> b c", "b", {70, 2, 33}, {giga, 40, 1}, {100, 40, 1}},              // whose parts reach too far
        {"a b c -> b", "", {3, 2, 20000}, {32 * giga, 21000, 1}, {50000, 21000, 1}},  // of several parts
    };
    for (const Distant &c : cases) {
        for (const DTypePair dtypes : default_dtypes()) {
            for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
                SCOPED_TRACE(c.text + ' ' + to_string(c.far) + ' ' + name_of(dtypes) + ' ' + name_of(statistic));
                const Values values = normal(product(c.shape), 3, 1, 75, dtypes.x);
                Tensor scale(params_shape(c.text, c.params, c.shape, {}), {}, dtypes.x);
                scale.fill(normal(scale.count(), 1, 0.5, 76));
                const Values scales = scale.get();
                Options options;
                if (!c.params.empty()) {
                    options.scale = scale.view();
                }
                options.parallel.threads = 1;
                const Result far = c.run(c.far, dtypes, statistic, values, options);
                const Expected expected =
                    by_pattern(c.text, c.params, c.shape, {}, values,
                               {.scale = c.params.empty() ? nullptr : &scales, .statistic = statistic});
                const Tolerance tolerance = Tolerance().of(dtypes);
                EXPECT_TRUE(y_close(far.y, expected, tolerance));
                EXPECT_TRUE(statistic == Statistic::rms || mean_close(far.mean, expected, tolerance));
                EXPECT_TRUE(rstd_close(far.rstd, expected, tolerance));
                const auto expect_the_same = [&](const Result &other) {
                    EXPECT_TRUE(same_bits(far.y, other.y));
                    EXPECT_TRUE(same_bits(far.mean, other.mean));
                    EXPECT_TRUE(same_bits(far.rstd, other.rstd));
                };
                expect_the_same(c.run(c.near, dtypes, statistic, values, options));
                options.parallel.threads = 5;
                expect_the_same(c.run(c.far, dtypes, statistic, values, options));
                options.canonical = true;
                expect_the_same(c.run(c.far, dtypes, statistic, values, options, true));
            }
        }
    }
}

TEST(Huge, ReducedParamsFarApart) {
    const Sparse scale(5 * giga);
    const Values x = normal(20, 3, 1, 77), factors = {1, 2, 3, 4, 5}, means = {1, 2, 3, 4}, rstds = {4, 3, 2, 1};
    for (std::int64_t i = 0; i < 5; ++i) {
        scale.data()[i * giga] = static_cast<float>(factors[static_cast<std::size_t>(i)]);
    }
    const Floats x_data = floats(x), mean = floats(means), rstd = floats(rstds);
    for (const Statistic statistic : {Statistic::mean_var, Statistic::given}) {
        Floats y(20);
        Options options{.statistic = statistic, .scale = {scale.data(), {5}, {giga}}};
        if (statistic == Statistic::given) {
            options.given_mean = {mean.data(), {4}};
            options.given_rstd = {rstd.data(), {4}};
        }
        normalize("a b -> a", "b", {x_data.data(), {4, 5}}, {y.data(), {4, 5}}, options);
        EXPECT_TRUE(y_close(
            values(y),
            by_pattern("a b -> a", "b", {4, 5}, {}, x,
                       {.scale = &factors, .statistic = statistic, .given_mean = &means, .given_rstd = &rstds})));
    }
}

// Rows of batch norm that are all equal, of more than 2^31 elements in each of two statistic groups.
TEST(Huge, MoreThan2To31ElementsOfAGroup) {
    constexpr std::int64_t row = 4096, rows = 2 * giga / row + 8192;
    constexpr std::size_t window = std::size_t{64} << 20;
    const Repeated y(rows * 2 * row * 2, window);
    const Values values = normal(2 * row, 3, 1, 78, DType::bfloat16);
    Tensor x({2, row}, {}, DType::bfloat16), mean({2}), rstd({2});
    x.fill(values);
    const Extents shape{rows, 2, row}, strides{0, row, 1};
    const ConstTensorView from(x.view().data(), DType::bfloat16, shape, strides);
    normalize("b c w -> c", "", from, {y.data(), DType::bfloat16, shape}, {.mean = mean.out(), .rstd = rstd.out()});
    const Expected expected = by_pattern("c w -> c", "", {2, row}, {}, values);
    const Tolerance tolerance = Tolerance().of({DType::bfloat16, DType::bfloat16});
    EXPECT_TRUE(mean_close(mean.get(), expected, tolerance));
    EXPECT_TRUE(rstd_close(rstd.get(), expected, tolerance));
    Values first;
    for (std::int64_t i = 0; i < 2 * row; ++i) {
        first.push_back(load(DType::bfloat16, y.data() + 2 * i));
    }
    EXPECT_TRUE(y_close(first, expected, tolerance));
    for (std::size_t at = 0; at < window; at += 4 * row) {
        ASSERT_EQ(std::memcmp(y.data() + at, y.data(), 4 * row), 0) << at;
    }
}

// A single axis of more than 2^31 elements: 1024 again and again.
TEST(Huge, MoreThan2To31ElementsOfAnAxis) {
    constexpr std::int64_t period = 1024, count = 2 * giga + (std::int64_t{32} << 20);
    constexpr std::size_t window = std::size_t{64} << 20;
    const Repeated x(count * 2, window), y(count * 2, window);
    const Values values = normal(period, 3, 1, 79, DType::bfloat16);
    for (std::size_t at = 0; at < window; at += 2) {
        store(values[at / 2 % period], DType::bfloat16, x.data() + at);
    }
    float mean = 0, rstd = 0;
    const Extents shape{count};
    normalize("w ->", "", {x.data(), DType::bfloat16, shape}, {y.data(), DType::bfloat16, shape},
              {.mean = {&mean, {}}, .rstd = {&rstd, {}}});
    const Expected expected = by_pattern("w ->", "", {period}, {}, values);
    const Tolerance tolerance = Tolerance().of({DType::bfloat16, DType::bfloat16});
    EXPECT_TRUE(mean_close({mean}, expected, tolerance));
    EXPECT_TRUE(rstd_close({rstd}, expected, tolerance));
    Values first;
    for (std::int64_t i = 0; i < period; ++i) {
        first.push_back(load(DType::bfloat16, y.data() + 2 * i));
    }
    EXPECT_TRUE(y_close(first, expected, tolerance));
    for (std::size_t at = 0; at < window; at += 2 * period) {
        ASSERT_EQ(std::memcmp(y.data() + at, y.data(), 2 * period), 0) << at;
    }
}

}  // namespace
}  // namespace axnorm::test

// Group norm where groups of channels lie side by side in memory: for any number of channels a group, known to a kernel
// or not, the reference's result and the bits of the canonical kernels.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pairwise.h"
#include "reference.h"
#include "reference/pattern_reference.h"

namespace axnorm::test {
namespace {

struct GroupCall {
    std::int64_t b, rows, g, n;
    Storage storage{};
    Statistic statistic = Statistic::mean_var;
    bool has_scale = true, has_shift = true;
    int threads = 1;
    Stores stores = Stores::automatic;
    DType dtype = DType::float32;
};

// y, mean (where there is one) and rstd.
std::vector<Values> run(const GroupCall &c, bool canonical) {
    const Shape shape = {c.b, c.rows, c.g * c.n}, statistics = {c.b, c.g};
    Storage of_params = c.storage;
    of_params.order.clear();
    of_params.padding.clear();
    const DType computed = statistics_dtype(c.dtype);
    Tensor x(shape, c.storage, c.dtype), y(shape, c.storage, c.dtype), mean(statistics, {}, computed);
    Tensor rstd(statistics, {}, computed);
    Tensor scale({c.g * c.n}, of_params, computed), shift({c.g * c.n}, of_params, computed);
    x.fill(normal(x.count(), 3, 2, 91, c.dtype));
    scale.fill(normal(scale.count(), 1, 0.5, 92));
    shift.fill(normal(shift.count(), 0, 1, 93));
    Options options{
        .statistic = c.statistic, .parallel = {.threads = c.threads}, .stores = c.stores, .canonical = canonical};
    options.scale = c.has_scale ? scale.view() : ConstTensorView();
    options.shift = c.has_shift ? shift.view() : ConstTensorView();
    options.mean = c.statistic == Statistic::mean_var ? mean.out() : TensorView();
    options.rstd = rstd.out();
    normalize("b t (g n) -> b g", "(g n)", x.view(), y.out(), options, {{"g", c.g}});
    EXPECT_TRUE(x.guards_intact() && y.guards_intact() && mean.guards_intact() && rstd.guards_intact());
    if (!canonical) {
        const Values scales = scale.get(), shifts = shift.get();
        const Expected expected = by_pattern("b t (g n) -> b g", "(g n)", shape, {{"g", c.g}}, x.get(),
                                             {.scale = c.has_scale ? &scales : nullptr,
                                              .shift = c.has_shift ? &shifts : nullptr,
                                              .statistic = c.statistic});
        const Tolerance tolerance = Tolerance().of({c.dtype, c.dtype});
        EXPECT_TRUE(y_close(y.get(), expected, tolerance));
        EXPECT_TRUE(rstd_close(rstd.get(), expected, tolerance));
    }
    return {y.get(), c.statistic == Statistic::mean_var ? mean.get() : Values(), rstd.get()};
}

void expect_right(const GroupCall &c) {
    SCOPED_TRACE("b " + std::to_string(c.b) + ", rows " + std::to_string(c.rows) + ", g " + std::to_string(c.g) +
                 ", n " + std::to_string(c.n) + ", " + name_of(c.statistic));
    const std::vector<Values> exact = run(c, false), canonical = run(c, true);
    for (std::size_t i = 0; i < exact.size(); ++i) {
        EXPECT_TRUE(same_bits(exact[i], canonical[i])) << i;
    }
}

TEST(Channels, OfGroupsOfAnyLength) {
    for (std::int64_t n = 1; n <= 34; ++n) {
        for (const std::int64_t g : {1, 2, 3, 7, 32}) {
            expect_right({2, 9, g, n});
        }
    }
    for (const std::int64_t n : {40, 63, 64, 65, 80, 96, 100, 129, 160, 500, 5000}) {
        for (const std::int64_t g : {2, 3, 5}) {
            expect_right({2, 9, g, n});
        }
    }
}

TEST(Channels, OfAnyNumberOfRows) {
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 31, 127, 128, 129, 130, 131, 256, 300}) {
        for (const std::int64_t n : {5, 7, 12, 32, 33, 40, 64, 150}) {
            expect_right({3, rows, 6, n});
        }
    }
}

TEST(Channels, OfAnyDType) {
    for (const auto &[dtype, y_dtype] : default_dtypes()) {
        for (const std::int64_t n : {1, 2, 5, 7, 12, 31, 32, 33, 40, 65}) {
            for (const std::int64_t g : {3, 32}) {
                GroupCall call{2, 133, g, n};
                call.dtype = dtype;
                expect_right(call);
            }
        }
    }
}

TEST(Channels, WithAndWithoutParams) {
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        for (const bool has_scale : {false, true}) {
            for (const bool has_shift : {false, true}) {
                for (const std::int64_t n : {5, 12, 33, 40}) {
                    expect_right({2, 140, 7, n, {}, statistic, has_scale, has_shift});
                }
            }
        }
    }
}

TEST(Channels, StoredAnywhere) {
    for (const std::int64_t n : {5, 12, 32, 33, 40}) {
        expect_right({3, 20, 7, n, {.padding = {1, 2, 3}, .offset = 5}});  // slices of a larger tensor
        expect_right({3, 20, 7, n, {.spacing = 2}});
        expect_right({3, 20, 7, n, {.order = {1, 0, 2}}});
        expect_right({3, 20, 7, n, {.order = {2, 0, 1}}});
        expect_right({3, 20, 7, n, {.order = {1, 2, 0}}});
        expect_right({3, 20, 7, n, {.byte_offset = 1}});
    }
}

TEST(Channels, WithStreamingStoresAndThreads) {
    const std::vector<std::int64_t> lengths = {5, 12, 31, 40}, groups = {7, 64, 300};
    for (const PairwiseRow &row : pairwise({lengths.size(), groups.size(), 2, 2, 2})) {
        const std::int64_t n = lengths[row[0]], g = groups[row[1]];
        const Stores stores = row[2] == 0 ? Stores::cached : Stores::streaming;
        const int threads = row[3] == 0 ? 1 : 3;
        if (row[4] == 0) {
            expect_right({3, 37, g, n, {}, Statistic::mean_var, true, true, threads, stores});
        } else {
            expect_right({1, 37, g, n, {.padding = {0, 0, 5}}, Statistic::rms, true, true, threads, stores});
        }
    }
}

// A NaN or an Inf stays in its group.
TEST(Channels, KeepSpecialValuesInTheirGroup) {
    for (const std::int64_t n : {5, 12, 32, 33}) {
        for (const double special :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
            const Shape shape = {2, 9, 4 * n};
            Tensor x(shape), y(shape), plain(shape);
            Values all = normal(x.count(), 0, 1, 94);
            x.fill(all);
            normalize("b t (g n) -> b g", "(g n)", x.view(), plain.out(), {}, {{"g", 4}});
            all[static_cast<std::size_t>(2 * 4 * n + n + n - 1)] = special;  // in row 2, the last one of group 1
            x.fill(all);
            normalize("b t (g n) -> b g", "(g n)", x.view(), y.out(), {}, {{"g", 4}});
            const Values with = y.get(), without = plain.get();
            for (std::int64_t i = 0; i < x.count(); ++i) {
                const bool same_group = i < 9 * 4 * n && i / n % 4 == 1;
                const auto at = static_cast<std::size_t>(i);
                EXPECT_TRUE(same_group ? std::isnan(with[at]) || with[at] == 0 : with[at] == without[at]) << i;
            }
        }
    }
}

}  // namespace
}  // namespace axnorm::test

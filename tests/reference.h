// What a normalization should give, in double, by loops over the axes as they are written: nothing here knows of memory
// order, merging or signatures, so that a mistake in them cannot hide.
//
//     Expected expected = batch_nchw(x, {32, 64, 56, 56}, {.scale = &scale, .shift = &shift, .eps = 1e-5});
//     EXPECT_TRUE(y_close(y.get(), expected));
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tensors.h"

namespace axnorm::test {

// All in the order of their shapes, the last dimension innermost.
struct Expected {
    std::vector<double> y, mean, rstd;  // no mean for Statistic::rms, neither for given
    std::vector<double> size;           // of y: |y - shift| + |shift|, what the rounding errors of y are relative to
    Shape statistics_shape;             // of mean and rstd
};

struct ReferenceOptions {
    const Values *scale = nullptr, *shift = nullptr;  // of the shape of params
    double eps = 1e-5;
    Statistic statistic = Statistic::mean_var;
    const Values *given_mean = nullptr, *given_rstd = nullptr;  // an absent mean is 0
};

// A statistic group's mean and rstd, and y of its elements. `each(f)` calls f(index of x, index of params) for each
// element; params may be absent.
template <typename Each>
void normalize_group(const Values &x, const ReferenceOptions &options, const Each &each, std::size_t group,
                     Expected &to) {
    // A sum is off by its own last places, which at a mean of 1e9 are more than a double of y has: `rest` is what is
    // missing.
    long double count = 0, sum = 0, missing = 0, squares = 0;
    each([&](std::size_t i, std::size_t) {
        count += 1;
        sum += x[i];
    });
    long double mean = options.statistic == Statistic::mean_var ? sum / count : 0;
    if (options.statistic == Statistic::mean_var && std::isfinite(mean)) {
        each([&](std::size_t i, std::size_t) { missing += x[i] - mean; });
    }
    long double rest = missing / count;
    const auto centered = [&](std::size_t i) { return (x[i] - mean) - rest; };
    each([&](std::size_t i, std::size_t) { squares += centered(i) * centered(i); });
    long double rstd = 1 / std::sqrt(squares / count + options.eps);
    if (options.statistic == Statistic::given) {
        mean = options.given_mean ? (*options.given_mean)[group] : 0.0;
        rest = 0;
        rstd = (*options.given_rstd)[group];
    } else {
        to.rstd[group] = static_cast<double>(rstd);
    }
    if (options.statistic == Statistic::mean_var) {
        to.mean[group] = static_cast<double>(mean + rest);
    }
    each([&](std::size_t i, std::size_t p) {
        const long double scaled = centered(i) * rstd * (options.scale ? (*options.scale)[p] : 1.0);
        const long double shift = options.shift ? (*options.shift)[p] : 0.0;
        to.y[i] = static_cast<double>(scaled + shift);
        to.size[i] = static_cast<double>(std::abs(scaled) + std::abs(shift));
    });
}

// The normalizations of the note, a nest of loops each. Shapes are as the name says; params are those of the pattern.
Expected batch_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options);     // b h w c -> c, c
Expected batch_nchw(const Values &x, const Shape &shape, const ReferenceOptions &options);     // b c h w -> c, c
Expected layer(const Values &x, const Shape &shape, const ReferenceOptions &options);          // b c h w -> b, c h w
Expected instance(const Values &x, const Shape &shape, const ReferenceOptions &options);       // b c h w -> b c, c
Expected instance_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options);  // b h w c -> b c, c
// b (g n) h w -> b g with params (g n), and b h w (g n) -> b g.
Expected group(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options);
Expected group_nhwc(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options);

// Error bounds where x is not float64: all is computed in f32, whose rounding error is u = 6e-8 (half an ulp).
//
// y = ((x - m1) - d) * (rstd * scale) + shift rounds six times: 4e-7 of the larger of |y - shift| and |shift|. Sums are
// of blocks of about a hundred additions per lane, whose errors are random: the mean is off by less than 5e-7 of the
// std, rstd by as much relative to itself (the bound that no data reaches is 100 u). Both are taken about a pivot, the
// mean of at most 32 elements: where these are few it is K = 2 or 3 times the std from the mean, and the variance has 1
// + K * K times the error. Values near 0 have no less error than the mean: hence the 1 in `y`.
struct Tolerance {
    double y = 2e-6;     // times max(1, size)
    double mean = 5e-7;  // of 1 / rstd, beside the rounding of the mean itself
    double rstd = 1e-6;  // relative
    DTypePair dtypes{};

    // For these dtypes. Where x is float64 all errors are those of a double, and twice as many: what is computed in
    // double for the others is no longer exact. Numbers of 16 bits are few, so that equal ones are many, which round
    // alike: twice as well. y is rounded once more to what it is stored as, by half of a last place.
    Tolerance of(DTypePair wanted) const;
};
// For groups of many normally distributed elements, with a good pivot.
inline constexpr Tolerance tight{.y = 1e-6, .mean = 5e-7, .rstd = 5e-7};

// Comparisons: NaN is close to NaN alone, and an infinity to itself.
bool close(double actual, double expected, double tolerance);
testing::AssertionResult y_close(const Values &y, const Expected &expected, const Tolerance &tolerance = {});
testing::AssertionResult mean_close(const Values &mean, const Expected &expected, const Tolerance &tolerance = {});
testing::AssertionResult rstd_close(const Values &rstd, const Expected &expected, const Tolerance &tolerance = {});

}  // namespace axnorm::test

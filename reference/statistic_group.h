// What a statistic group should give, in double or wider: mean, rstd and y of elements that somebody else finds. And
// how much a kernel may be off.
//
//     const GroupReference group = reference_of(Statistic::mean_var, 1e-5, each);   // each(f) calls f(x) for all of it
//     std::abs(y[i] - group.output(x[i], scale, shift).y)
#pragma once

#include <cmath>
#include <vector>

#include "tensors.h"

namespace axnorm::test {

// All in the order of their shapes, the last dimension innermost.
template <typename Number>
struct BasicExpected {
    std::vector<Number> y, mean, rstd;  // no mean for Statistic::rms, neither for given
    std::vector<Number> size;           // of y: |y - shift| + |shift|, what the rounding errors of y are relative to
    std::vector<Number> spread;  // of y: what the std of x comes to there, which an error of the mean is relative to
    std::vector<Number> normalized, scale;  // what y consists of: normalized * scale + shift
    std::vector<Number> std;                // of x, by mean
    Shape statistics_shape;                 // of mean and rstd

    BasicExpected() = default;
    BasicExpected(std::size_t elements, Statistic statistic, const Shape &statistics)
        : y(elements),
          size(elements),
          spread(elements),
          normalized(elements),
          scale(elements),
          statistics_shape(statistics) {
        const auto groups = static_cast<std::size_t>(product(statistics));
        mean.resize(statistic == Statistic::mean_var ? groups : 0);
        std.resize(mean.size());
        rstd.resize(statistic == Statistic::given ? 0 : groups);
    }
};
using Expected = BasicExpected<double>;
// Where what is right may be beyond the range of a double: sizes of numbers near its ends, half of its least number.
using WideExpected = BasicExpected<long double>;

struct ReferenceOptions {
    const Values *scale = nullptr, *shift = nullptr;  // of the shape of params
    double eps = 1e-5;
    Statistic statistic = Statistic::mean_var;
    const Values *given_mean = nullptr, *given_rstd = nullptr;  // an absent mean is 0
};

// The statistics of a group. A mean is off by its own last places, which at a mean of 1e9 are more than a double of y
// has: `rest` is what is missing.
struct GroupReference {
    long double mean = 0, rest = 0, rstd = 0;
    long double std = 0;  // about a mean that is estimated; else 0

    long double centered(double x) const { return (x - mean) - rest; }

    struct Output {
        long double y, size, spread, normalized;
    };
    Output output(double x, double scale, double shift) const {
        const long double normalized = centered(x) * rstd, scaled = normalized * scale;
        return {scaled + shift, std::abs(scaled) + std::abs(static_cast<long double>(shift)),
                std == 0 ? 0 : std::abs(std * rstd * scale), normalized};
    }
};

// each(f) calls f(x) for each element.
template <typename Each>
GroupReference reference_of(Statistic statistic, double eps, const Each &each) {
    GroupReference group;
    long double count = 0, sum = 0, missing = 0, squares = 0;
    each([&](double x) {
        count += 1;
        sum += x;
    });
    group.mean = statistic == Statistic::mean_var ? sum / count : 0;
    if (statistic == Statistic::mean_var && std::isfinite(group.mean)) {
        each([&](double x) { missing += x - group.mean; });
    }
    group.rest = missing / count;
    each([&](double x) { squares += group.centered(x) * group.centered(x); });
    group.std = statistic == Statistic::mean_var ? std::sqrt(squares / count) : 0;
    group.rstd = 1 / std::sqrt(squares / count + eps);
    return group;
}

// A statistic group's mean and rstd, and y of its elements. `each(f)` calls f(index of x, index of params) for each
// element; params may be absent.
template <typename Each, typename Number>
void normalize_group(const Values &x, const ReferenceOptions &options, const Each &each, std::size_t group,
                     BasicExpected<Number> &to) {
    GroupReference reference;
    if (options.statistic == Statistic::given) {
        reference.mean = options.given_mean ? (*options.given_mean)[group] : 0.0;
        reference.rstd = (*options.given_rstd)[group];
    } else {
        reference = reference_of(options.statistic, options.eps,
                                 [&](const auto &f) { each([&](std::size_t i, std::size_t) { f(x[i]); }); });
        to.rstd[group] = static_cast<Number>(reference.rstd);
    }
    if (options.statistic == Statistic::mean_var) {
        to.mean[group] = static_cast<Number>(reference.mean + reference.rest);
        to.std[group] = static_cast<Number>(reference.std);
    }
    each([&](std::size_t i, std::size_t p) {
        const double scale = options.scale ? (*options.scale)[p] : 1.0;
        const GroupReference::Output output = reference.output(x[i], scale, options.shift ? (*options.shift)[p] : 0.0);
        to.y[i] = static_cast<Number>(output.y);
        to.size[i] = static_cast<Number>(output.size);
        to.spread[i] = static_cast<Number>(output.spread);
        to.normalized[i] = static_cast<Number>(output.normalized);
        to.scale[i] = static_cast<Number>(scale);
    });
}

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

    // What the mean may be off by, where this and rstd are expected.
    double mean_error(double mean_expected, double rstd_expected) const;

    // What y may be off by because it is stored, beside the error that is computed.
    double rounding_of(double y_expected, double error) const;
};
// For groups of many normally distributed elements, with a good pivot.
inline constexpr Tolerance tight{.y = 1e-6, .mean = 5e-7, .rstd = 5e-7};

// NaN is close to NaN alone, and an infinity to itself.
bool close(double actual, double expected, double tolerance);

}  // namespace axnorm::test

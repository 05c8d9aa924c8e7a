#include "sampled_reference.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>

namespace axnorm::measure {
namespace {

// Takes about 50 ms; of larger groups there are three.
constexpr std::int64_t checked_elements = std::int64_t{1} << 21;

test::Shape shape_of(const Extents &extents) {
    return {extents.begin(), extents.end()};
}

std::set<std::size_t> choose(const test::StatisticGroups &groups, std::uint64_t seed) {
    const std::int64_t all = groups.count();
    const std::int64_t wanted = std::min(all, std::max<std::int64_t>(3, checked_elements / groups.elements()));
    std::set<std::size_t> chosen;
    if (wanted == all) {
        for (std::int64_t i = 0; i < all; ++i) {
            chosen.insert(chosen.end(), static_cast<std::size_t>(i));
        }
        return chosen;
    }
    chosen = {0, static_cast<std::size_t>(all - 1)};
    // Some twice, rather than all numbers in memory.
    test::Random random(seed);
    for (std::int64_t i = 2; i < wanted; ++i) {
        chosen.insert(static_cast<std::size_t>(random.below(all)));
    }
    return chosen;
}

// Elements of memory as doubles.
struct Elements {
    const unsigned char *data;
    DType dtype;

    double operator[](std::size_t i) const {
        return test::load(dtype, data + i * static_cast<std::size_t>(size_of(dtype)));
    }
};

Elements params_of(const GuardedMemory &memory, const Problem &problem) {
    return {memory.data(), statistics_dtype(problem.request().dtypes.x)};
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

}  // namespace

SampledReference::SampledReference(const Problem &problem)
    : problem_(problem),
      groups_(problem.request().pattern, problem.request().params, problem.request().shape, problem.request().lengths,
              shape_of(problem.strides())) {
    const Elements x{problem.x().data(), problem.request().dtypes.x};
    for (const std::size_t group : choose(groups_, problem.request().seed)) {
        const auto each = [&](const auto &f) { groups_.each(group, [&](std::size_t i, std::size_t) { f(x[i]); }); };
        chosen_.push_back({group, test::reference_of(problem.request().statistic, problem.request().eps, each)});
    }
}

Deviation SampledReference::deviation() const {
    const DTypePair dtypes = problem_.request().dtypes;
    const test::Tolerance tolerance = test::Tolerance().of(dtypes);
    const Elements x{problem_.x().data(), dtypes.x}, y{problem_.y().data(), dtypes.y};
    const Elements scale = params_of(problem_.scale(), problem_), shift = params_of(problem_.shift(), problem_);
    const bool has_params = problem_.scale().size() > 0;
    Deviation deviation{.tolerance = tolerance.y};
    for (const Chosen &chosen : chosen_) {
        groups_.each(chosen.group, [&](std::size_t i, std::size_t p) {
            const test::GroupReference::Output expected =
                chosen.reference.output(x[i], has_params ? scale[p] : 1, has_params ? shift[p] : 0);
            const double unit = std::max(1.0, expected.size), off = std::abs(y[i] - expected.y);
            const double rounding = tolerance.rounding_of(expected.y, tolerance.y * unit);
            const double error = std::isnan(off) ? off : std::max(0.0, off - rounding) / unit;
            if (std::isnan(error) || error > deviation.largest_error) {
                deviation.largest_error = error;
            }
            if (!(error <= tolerance.y) && deviation.wrong.empty()) {
                deviation.wrong =
                    "y" + index_text(problem_, i) + " is " + number(y[i]) + ", expected " + number(expected.y);
            }
        });
    }
    return deviation;
}

std::string index_text(const Problem &problem, std::size_t offset) {
    const Extents &strides = problem.strides();
    std::vector<int> order(static_cast<std::size_t>(strides.size()));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int a, int b) { return strides[a] > strides[b]; });
    Extents index = strides;
    auto rest = static_cast<std::int64_t>(offset);
    for (const int dimension : order) {
        // Those of length 1 may have the stride of another one.
        const bool is_one = problem.request().shape[static_cast<std::size_t>(dimension)] == 1;
        index[dimension] = is_one ? 0 : rest / strides[dimension];
        rest -= index[dimension] * strides[dimension];
    }
    return to_string(index);
}

}  // namespace axnorm::measure

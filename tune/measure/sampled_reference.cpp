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

Elements elements_of(const Problem &problem, Role role) {
    const DTypePair dtypes = problem.request().dtypes;
    const DType dtype = role == role_x ? dtypes.x : role == role_y ? dtypes.y : statistics_dtype(dtypes.x);
    return {problem.memory(role).data(), dtype};
}

std::string is_not(const std::string &element, double is, double expected) {
    char text[64];
    std::snprintf(text, sizeof text, " is %.9g, expected %.9g", is, expected);
    return element + text;
}

}  // namespace

SampledReference::SampledReference(const Problem &problem)
    : problem_(problem),
      tolerance_(test::Tolerance().of(problem.request().dtypes)),
      groups_(problem.request().pattern, problem.request().params, problem.request().shape, problem.request().lengths,
              shape_of(problem.strides())) {
    const Elements x = elements_of(problem, role_x);
    for (const std::size_t group : choose(groups_, problem.request().seed)) {
        const auto each = [&](const auto &f) { groups_.each(group, [&](std::size_t i, std::size_t) { f(x[i]); }); };
        chosen_.push_back({group, test::reference_of(problem.request().statistic, problem.request().eps, each)});
    }
}

Deviation SampledReference::deviation(bool statistics) const {
    Deviation deviation{.tolerance = tolerance_.y};
    for (const Chosen &chosen : chosen_) {
        compare_y(chosen, deviation);
        if (statistics && deviation.wrong.empty()) {
            deviation.wrong = wrong_statistic(chosen);
        }
    }
    return deviation;
}

void SampledReference::compare_y(const Chosen &chosen, Deviation &deviation) const {
    const Elements x = elements_of(problem_, role_x), y = elements_of(problem_, role_y);
    const Elements scale = elements_of(problem_, role_scale), shift = elements_of(problem_, role_shift);
    const bool has_params = problem_.operands()[role_scale].present();
    groups_.each(chosen.group, [&](std::size_t i, std::size_t p) {
        const test::GroupReference::Output expected =
            chosen.reference.output(x[i], has_params ? scale[p] : 1, has_params ? shift[p] : 0);
        const auto right = static_cast<double>(expected.y);
        const double unit = std::max(1.0, static_cast<double>(expected.size)), off = std::abs(y[i] - right);
        const double rounding = tolerance_.rounding_of(right, tolerance_.y * unit);
        const double error = std::isnan(off) ? off : std::max(0.0, off - rounding) / unit;
        if (std::isnan(error) || error > deviation.largest_error) {
            deviation.largest_error = error;
        }
        if (!(error <= tolerance_.y) && deviation.wrong.empty()) {
            deviation.wrong = is_not(element_text(problem_, role_y, i), y[i], right);
        }
    });
}

std::string SampledReference::wrong_statistic(const Chosen &chosen) const {
    const auto rstd = static_cast<double>(chosen.reference.rstd);
    const auto mean = static_cast<double>(chosen.reference.mean + chosen.reference.rest);
    const double is_rstd = elements_of(problem_, role_rstd)[chosen.group];
    if (!test::close(is_rstd, rstd, tolerance_.rstd * rstd)) {
        return is_not(element_text(problem_, role_rstd, chosen.group), is_rstd, rstd);
    }
    if (problem_.memory(role_mean).size() == 0) {
        return "";
    }
    const double is_mean = elements_of(problem_, role_mean)[chosen.group];
    return test::close(is_mean, mean, tolerance_.mean_error(mean, rstd))
               ? ""
               : is_not(element_text(problem_, role_mean, chosen.group), is_mean, mean);
}

std::string element_text(const Problem &problem, Role role, std::size_t offset) {
    const bool is_y = role == role_y;
    const Extents shape =
        is_y ? Extents(std::span<const std::int64_t>(problem.request().shape)) : problem.statistics_shape();
    const Extents strides = is_y ? problem.strides() : dense_strides(shape);
    std::vector<int> order(static_cast<std::size_t>(strides.size()));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int a, int b) { return strides[a] > strides[b]; });
    Extents index = strides;
    auto rest = static_cast<std::int64_t>(offset);
    for (const int dimension : order) {
        // Those of length 1 may have the stride of another one.
        index[dimension] = shape[dimension] == 1 ? 0 : rest / strides[dimension];
        rest -= index[dimension] * strides[dimension];
    }
    return name_of(role) + to_string(index);
}

}  // namespace axnorm::measure

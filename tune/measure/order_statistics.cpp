#include "order_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace axnorm::measure {
namespace {

// The largest k with 2 P(B < k) of at most `rest`.
std::size_t rank_of_bound(std::size_t n, double rest) {
    const auto count = static_cast<double>(n);
    double below = 0;
    for (std::size_t k = 0; k <= n; ++k) {
        const auto heads = static_cast<double>(k);
        below += std::exp(std::lgamma(count + 1) - std::lgamma(heads + 1) - std::lgamma(count - heads + 1) -
                          count * std::log(2.0));
        if (2 * below > rest) {
            return k;
        }
    }
    return n;
}

}  // namespace

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return values.size() % 2 == 1 ? *middle : (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double relative_deviation(const std::vector<double> &values) {
    const double center = median(values);
    std::vector<double> deviations;
    for (const double value : values) {
        deviations.push_back(std::abs(value - center));
    }
    return median(deviations) / center;
}

Interval median_interval(std::vector<double> values, double confidence) {
    const std::size_t k = rank_of_bound(values.size(), 1 - confidence);
    if (k == 0) {
        constexpr double endless = std::numeric_limits<double>::infinity();
        return {-endless, endless};
    }
    std::sort(values.begin(), values.end());
    return {values[k - 1], values[values.size() - k]};
}

std::vector<double> course(const std::vector<double> &values, std::size_t most) {
    const std::size_t length = (values.size() + most - 1) / most;
    std::vector<double> medians;
    for (std::size_t i = 0; i < values.size(); i += length) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i);
        medians.push_back(median({begin, begin + static_cast<std::ptrdiff_t>(std::min(length, values.size() - i))}));
    }
    return medians;
}

}  // namespace axnorm::measure

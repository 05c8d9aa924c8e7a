// Medians, and how sure they are, whatever the numbers are distributed like.
#pragma once

#include <vector>

namespace axnorm::measure {

// Of some numbers, one at least.
double median(std::vector<double> values);

// The median absolute deviation from the median, relative to it.
double relative_deviation(const std::vector<double> &values);

// Holds the median of what the values were drawn from with this probability at least: between the k-th smallest and the
// k-th largest of n it lies but for 2 P(B < k), where B counts the heads of n coins. Endless where they are too few: 95
// % take 6 values, 99.8 % take 10.
struct Interval {
    double low, high;
};
Interval median_interval(std::vector<double> values, double confidence);

// At most `most` medians of neighbours, of as many each; the values themselves where they are no more.
std::vector<double> course(const std::vector<double> &values, std::size_t most);

}  // namespace axnorm::measure

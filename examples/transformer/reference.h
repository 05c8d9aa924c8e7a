// Rows as plain loops in double, to compare with.
#pragma once

#include <cmath>
#include <cstddef>

// How far y, as y_of(i), is from the normalized row at most, in parts of the tolerance: 1 and less is right. `centred`
// is layer norm, else it is RMS norm. `relative` is what rounding y to its dtype may change.
template <class X, class Y, class Params>
double row_error(std::size_t length, const X &x_of, const Y &y_of, const Params &scale_of, bool centred, double eps,
                 double relative) {
    double mean = 0, squares = 0, largest = 0;
    const auto count = static_cast<double>(length);
    for (std::size_t i = 0; centred && i < length; ++i) {
        mean += x_of(i) / count;
    }
    for (std::size_t i = 0; i < length; ++i) {
        squares += (x_of(i) - mean) * (x_of(i) - mean) / count;
    }
    for (std::size_t i = 0; i < length; ++i) {
        const double expected = (x_of(i) - mean) / std::sqrt(squares + eps) * scale_of(i);
        const double error = std::abs(y_of(i) - expected) / (1e-5 + relative * std::abs(expected));
        // NaN is as far off as can be.
        largest = std::fmax(largest, std::isnan(error) ? HUGE_VAL : error);
    }
    return largest;
}

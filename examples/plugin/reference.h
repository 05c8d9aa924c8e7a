// Layer norm of rows as plain loops in double, to compare with.
#pragma once

#include <cmath>

// The largest difference of y.
inline double largest_difference(const float *x, const float *y, const float *scale, long rows, long length) {
    double largest = 0;
    for (long row = 0; row < rows; ++row, x += length, y += length) {
        double mean = 0, squares = 0;
        for (long i = 0; i < length; ++i) {
            mean += x[i] / static_cast<double>(length);
        }
        for (long i = 0; i < length; ++i) {
            squares += (x[i] - mean) * (x[i] - mean) / static_cast<double>(length);
        }
        for (long i = 0; i < length; ++i) {
            const double difference = std::abs((x[i] - mean) / std::sqrt(squares + 1e-5) * scale[i] - y[i]);
            // NaN is as far off as can be.
            largest = std::fmax(largest, std::isnan(difference) ? HUGE_VAL : difference);
        }
    }
    return largest;
}

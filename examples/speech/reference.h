// What every feature should be over the valid frames, as plain loops in double, to compare with.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

// The largest difference of y, for one utterance of so many frames.
inline double utterance_error(const float *x, const float *y, std::size_t frames, std::size_t features, double eps) {
    double largest = 0;
    for (std::size_t f = 0; f < features; ++f) {
        const auto count = static_cast<double>(frames);
        double mean = 0, squares = 0;
        for (std::size_t t = 0; t < frames; ++t) {
            mean += x[t * features + f] / count;
        }
        for (std::size_t t = 0; t < frames; ++t) {
            squares += (x[t * features + f] - mean) * (x[t * features + f] - mean) / count;
        }
        for (std::size_t t = 0; t < frames; ++t) {
            const double expected = (x[t * features + f] - mean) / std::sqrt(squares + eps);
            const double error = std::abs(y[t * features + f] - expected);
            // NaN is as far off as can be.
            largest = std::fmax(largest, std::isnan(error) ? HUGE_VAL : error);
        }
    }
    return largest;
}

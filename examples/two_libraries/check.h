// A sample of values, and normalized rows compared with plain loops in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

// Values from 100 to 110.
inline std::vector<float> sample(int count) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(100 + static_cast<float>(i * 37 % 101) / 10);
    }
    return values;
}

// Rows of `length` elements, each normalized by its mean and variance, or by its mean square alone.
inline bool rows_agree(const char *name, const std::vector<float> &x, const std::vector<float> &y, std::size_t length,
                       bool centred = true) {
    const double count = static_cast<double>(length);
    double largest = 0;
    for (std::size_t row = 0; row < x.size(); row += length) {
        double mean = 0, squares = 0;
        for (std::size_t i = 0; centred && i < length; ++i) {
            mean += x[row + i];
        }
        mean /= count;
        for (std::size_t i = 0; i < length; ++i) {
            squares += (x[row + i] - mean) * (x[row + i] - mean) / count;
        }
        for (std::size_t i = 0; i < length; ++i) {
            const double difference = std::abs((x[row + i] - mean) / std::sqrt(squares + 1e-5) - y[row + i]);
            // NaN is as far off as can be.
            largest = std::max(largest, std::isnan(difference) ? HUGE_VAL : difference);
        }
    }
    std::printf("%-22s y = %.4f %.4f %.4f ..., largest difference %.1e\n", name, y[0], y[1], y[2], largest);
    return largest < 1e-5;
}

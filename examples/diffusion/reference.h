// Group norm as plain loops in double, to compare with.
#pragma once

#include <cmath>
#include <cstddef>

// How far y is from it at most, in parts of the tolerance, for one group of one image: `size` channels from `first` on,
// of `pixels` that have so many `channels` each. x_of and y_of take the place of an element.
template <class X, class Y, class Params>
double group_error(std::size_t first, std::size_t size, std::size_t pixels, std::size_t channels, const X &x_of,
                   const Y &y_of, const Params &scale_of, const Params &shift_of, double eps, double relative) {
    const auto each = [&](const auto &visit) {
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            for (std::size_t c = first; c < first + size; ++c) {
                visit(pixel * channels + c, c);
            }
        }
    };
    const auto count = static_cast<double>(pixels * size);
    double mean = 0, squares = 0, largest = 0;
    each([&](std::size_t i, std::size_t) { mean += x_of(i) / count; });
    each([&](std::size_t i, std::size_t) { squares += (x_of(i) - mean) * (x_of(i) - mean) / count; });
    each([&](std::size_t i, std::size_t c) {
        const double expected = (x_of(i) - mean) / std::sqrt(squares + eps) * scale_of(c) + shift_of(c);
        const double error = std::abs(y_of(i) - expected) / (1e-5 + relative * std::abs(expected));
        // NaN is as far off as can be.
        largest = std::fmax(largest, std::isnan(error) ? HUGE_VAL : error);
    });
    return largest;
}

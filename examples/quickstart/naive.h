// The four systems as plain loops over the axes: with T = double the reference, with T = float what one writes first.
//
//     naive::batch(x, y, {16, 30, 40, 3}, 1e-10);  // b h w c -> c, y a float * or a double *
//
// Sums, means and outputs are of type T. The variance is the biased one: divided by n, not by n - 1.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace naive {

// b h w c -> c
template <class T>
void batch(const float *x, T *y, const std::array<std::int64_t, 4> &shape, double eps) {
    const auto [b, h, w, c] = shape;
    const std::int64_t positions = b * h * w;
    const T n = static_cast<T>(positions);
    for (std::int64_t channel = 0; channel < c; ++channel, ++x, ++y) {
        T sum = 0, squares = 0;
        for (std::int64_t i = 0; i < positions; ++i) {
            sum += x[i * c];
        }
        const T mean = sum / n;
        for (std::int64_t i = 0; i < positions; ++i) {
            squares += (x[i * c] - mean) * (x[i * c] - mean);
        }
        const T deviation = std::sqrt(squares / n + static_cast<T>(eps));
        for (std::int64_t i = 0; i < positions; ++i) {
            y[i * c] = (x[i * c] - mean) / deviation;
        }
    }
}

// b ... -> b: `rows` statistics, each of `length` neighbouring elements.
template <class T>
void rows_of(const float *x, T *y, std::int64_t rows, std::int64_t length, double eps) {
    const T n = static_cast<T>(length);
    for (std::int64_t row = 0; row < rows; ++row, x += length, y += length) {
        T sum = 0, squares = 0;
        for (std::int64_t i = 0; i < length; ++i) {
            sum += x[i];
        }
        const T mean = sum / n;
        for (std::int64_t i = 0; i < length; ++i) {
            squares += (x[i] - mean) * (x[i] - mean);
        }
        const T deviation = std::sqrt(squares / n + static_cast<T>(eps));
        for (std::int64_t i = 0; i < length; ++i) {
            y[i] = (x[i] - mean) / deviation;
        }
    }
}

// b c h w -> b
template <class T>
void layer(const float *x, T *y, const std::array<std::int64_t, 4> &shape, double eps) {
    const auto [b, c, h, w] = shape;
    rows_of(x, y, b, c * h * w, eps);
}

// b c h w -> b c
template <class T>
void instance(const float *x, T *y, const std::array<std::int64_t, 4> &shape, double eps) {
    const auto [b, c, h, w] = shape;
    rows_of(x, y, b * c, h * w, eps);
}

// b (g n) h w -> b g, g = 3
template <class T>
void group(const float *x, T *y, const std::array<std::int64_t, 4> &shape, double eps) {
    const auto [b, c, h, w] = shape;
    constexpr std::int64_t g = 3;
    rows_of(x, y, b * g, c / g * h * w, eps);
}

}  // namespace naive

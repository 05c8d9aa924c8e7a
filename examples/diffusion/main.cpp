// Group norm as in the residual blocks of a diffusion model: 320 channels in 32 groups, float16, stored NHWC. Compared
// with plain loops.
#include "my_norms.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "half.h"
#include "reference.h"

int main() {
    const std::int64_t batch = 2, channels = 320, groups = 32, height = 12, width = 16;
    const std::int64_t pixels = height * width, image = pixels * channels;
    std::vector<std::uint16_t> x, y(static_cast<std::size_t>(batch * image));
    for (std::size_t i = 0; i < y.size(); ++i) {
        x.push_back(to_half(static_cast<double>(i * 37 % 101) / 8 - 4));
    }
    std::vector<float> scale, shift;
    for (std::int64_t c = 0; c < channels; ++c) {
        scale.push_back(1 + static_cast<float>(c % 7) / 8);
        shift.push_back(static_cast<float>(c % 5) / 4 - 0.5F);
    }

    // The shape is that of the pattern, NCHW; the strides say where the elements are.
    const axnorm::Extents shape{batch, channels, height, width}, strides{image, 1, width * channels, channels};
    axnorm::normalize<"b (g n) h w -> b g", "(g n)">(
        {x.data(), axnorm::DType::float16, shape, strides}, {y.data(), axnorm::DType::float16, shape, strides},
        {.scale = {scale.data(), {channels}}, .shift = {shift.data(), {channels}}, .eps = 1e-6},
        axnorm::axis<"g"> = groups);

    using Params = std::function<double(std::size_t)>;
    const Params scale_of = [&](std::size_t c) { return scale[c]; }, shift_of = [&](std::size_t c) { return shift[c]; };
    double error = 0;
    for (std::int64_t b = 0; b < batch; ++b) {
        const std::uint16_t *const x_image = x.data() + b * image, *const y_image = y.data() + b * image;
        for (std::int64_t g = 0; g < groups; ++g) {
            const std::int64_t size = channels / groups;
            error = std::max(
                error, group_error(
                           static_cast<std::size_t>(g * size), static_cast<std::size_t>(size), pixels, channels,
                           [&](std::size_t i) { return to_double(x_image[i]); },
                           [&](std::size_t i) { return to_double(y_image[i]); }, scale_of, shift_of, 1e-6, 1.0 / 1024));
        }
    }
    std::printf("group norm, float16 NHWC: largest error %.2f of the tolerance\n", error);
    return error <= 1 ? 0 : 1;
}

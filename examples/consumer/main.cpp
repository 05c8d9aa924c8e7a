// Layer norm and group norm by this program's own kernels, compared with plain loops.
#include "my_norms.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reference.h"

namespace {

// A sample: values from `low` to `low` + 10.
std::vector<float> sample(int count, float low) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(low + static_cast<float>(i * 37 % 101) / 10);
    }
    return values;
}

bool agree(const char *name, const std::vector<float> &y, const std::vector<double> &expected) {
    double largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double difference = std::abs(y[i] - expected[i]);
        // NaN is as far off as can be.
        largest = std::max(largest, std::isnan(difference) ? HUGE_VAL : difference);
    }
    std::printf("%-16s y = %.4f %.4f %.4f ..., largest difference %.1e\n", name, y[0], y[1], y[2], largest);
    return largest < 1e-5;
}

// Three axes; the statistics are those of each token.
bool layer_norm() {
    const int batch = 2, tokens = 5, channels = 96;
    const std::vector<float> x = sample(batch * tokens * channels, 100), scale = sample(channels, 1);
    const std::vector<float> shift = sample(channels, -5);
    std::vector<float> y(x.size());

    axnorm::normalize<"b t c -> b t", "c">({x.data(), {batch, tokens, channels}}, {y.data(), {batch, tokens, channels}},
                                           {.scale = {scale.data(), {channels}}, .shift = {shift.data(), {channels}}});

    return agree("layer norm", y, reference(x, scale, shift, [](std::size_t i) { return i / channels; }));
}

// The shape is NCHW, the strides say that it is stored NHWC.
template <int groups, int group_size>
bool group_norm(const char *name) {
    const int batch = 2, height = 6, width = 5, channels = groups * group_size, image = height * width * channels;
    const std::vector<float> x = sample(batch * image, 100), scale = sample(channels, 1), shift = sample(channels, -5);
    std::vector<float> y(x.size());

    const axnorm::Extents shape{batch, channels, height, width}, strides{image, 1, width * channels, channels};
    axnorm::normalize<"b (g n) h w -> b g", "(g n)">(
        {x.data(), shape, strides}, {y.data(), shape, strides},
        {.scale = {scale.data(), {channels}}, .shift = {shift.data(), {channels}}}, axnorm::axis<"g"> = groups);

    return agree(name, y, reference(x, scale, shift, [](std::size_t i) {
                     return i / image * groups + i % channels / group_size;
                 }));
}

}  // namespace

int main() {
    const bool good[] = {layer_norm(), group_norm<32, 4>("group norm 32x4"), group_norm<3, 5>("group norm 3x5")};
    return std::ranges::count(good, false) == 0 ? 0 : 1;
}

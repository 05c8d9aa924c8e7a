// Group norm of a tensor stored NHWC, by a function of axnorm's generator, compared with plain loops.
#include <HalideBuffer.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "group_norm.h"

namespace {

using Buffer = Halide::Runtime::Buffer<float>;

constexpr int batch = 2, pixels = 30, groups = 32, group_size = 4;
constexpr int channels = groups * group_size, image = pixels * channels;

// Values from `low` to `low` + 10.
std::vector<float> sample(int count, float low) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(low + static_cast<float>(i * 37 % 101) / 10);
    }
    return values;
}

// "krKR" from the innermost group outwards is R = group_size, K = groups, r = pixels, k = batch. x and y have the
// reduced groups first: R, r, K, k.
Buffer tensor(std::vector<float> &values) {
    const halide_dimension_t dimensions[] = {
        {0, group_size, 1}, {0, pixels, channels}, {0, groups, group_size}, {0, batch, image}};
    return Buffer(values.data(), 4, dimensions);
}

// scale and shift have those that they are indexed by: R, K.
Buffer params(std::vector<float> &values) {
    return Buffer(values.data(), group_size, groups);
}

double largest_difference(const std::vector<float> &x, const std::vector<float> &y, const std::vector<float> &scale,
                          const std::vector<float> &shift) {
    double largest = 0;
    for (int b = 0; b < batch; ++b) {
        for (int g = 0; g < groups; ++g) {
            double sum = 0, squares = 0;
            const auto for_each = [&](const auto &visit) {
                for (int p = 0; p < pixels; ++p) {
                    for (int n = 0; n < group_size; ++n) {
                        visit(static_cast<std::size_t>(b * image + p * channels + g * group_size + n));
                    }
                }
            };
            constexpr int count = pixels * group_size;
            for_each([&](std::size_t i) { sum += x[i]; });
            for_each([&](std::size_t i) { squares += std::pow(x[i] - sum / count, 2); });
            const double rstd = 1 / std::sqrt(squares / count + 1e-5);
            for_each([&](std::size_t i) {
                const std::size_t channel = i % channels;
                const double expected = (x[i] - sum / count) * rstd * scale[channel] + shift[channel];
                const double difference = std::abs(expected - y[i]);
                // NaN is as far off as can be.
                largest = std::max(largest, std::isnan(difference) ? HUGE_VAL : difference);
            });
        }
    }
    return largest;
}

bool run(const char *name, bool has_params) {
    std::vector<float> x = sample(batch * image, 100), y(x.size());
    std::vector<float> scale = sample(channels, 1), shift = sample(channels, -5);
    Buffer y_buffer = tensor(y), mean(groups, batch), rstd(groups, batch);

    // What is absent is not read: one element will do.
    float unused = 0;
    Buffer absent(&unused, 1, 1);
    const int error = group_norm(tensor(x), has_params ? params(scale) : absent, has_params ? params(shift) : absent,
                                 has_params, has_params, /*eps=*/1e-5, y_buffer, mean, rstd);

    const double largest =
        has_params ? largest_difference(x, y, scale, shift)
                   : largest_difference(x, y, std::vector<float>(channels, 1), std::vector<float>(channels, 0));
    std::printf("%-22s y = %.4f %.4f %.4f ..., mean %.4f, largest difference %.1e\n", name, y[0], y[1], y[2],
                mean(0, 0), largest);
    return error == 0 && largest < 1e-5;
}

}  // namespace

int main() {
    const bool with = run("group norm", true), without = run("without scale, shift", false);
    return with && without ? 0 : 1;
}

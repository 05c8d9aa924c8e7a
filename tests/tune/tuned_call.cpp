// Instance norm NHWC of two sizes by tuned_norms: whether y is right, and which kernel runs.
#include <tuned_norms.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace {

constexpr int rows = 32, channels = 64;

// The largest difference from y in double.
double largest_error(const std::vector<float> &x, const std::vector<float> &y, std::size_t images) {
    double largest = 0;
    for (std::size_t b = 0; b < images; ++b) {
        for (std::size_t c = 0; c < channels; ++c) {
            const auto at = [&](std::size_t h) { return (b * rows + h) * channels + c; };
            double mean = 0, variance = 0;
            for (std::size_t h = 0; h < rows; ++h) {
                mean += x[at(h)] / rows;
            }
            for (std::size_t h = 0; h < rows; ++h) {
                variance += (x[at(h)] - mean) * (x[at(h)] - mean) / rows;
            }
            for (std::size_t h = 0; h < rows; ++h) {
                largest = std::max(largest, std::abs((x[at(h)] - mean) / std::sqrt(variance + 1e-5) - y[at(h)]));
            }
        }
    }
    return largest;
}

void run(int images) {
    const std::size_t count = static_cast<std::size_t>(images) * rows * channels;
    std::vector<float> x(count), y(count);
    for (std::size_t i = 0; i < count; ++i) {
        x[i] = static_cast<float>(i * 37 % 101);
    }
    const axnorm::Extents shape{images, rows, channels};
    const axnorm::ConstTensorView in(x.data(), shape);
    const axnorm::TensorView out(y.data(), shape);
    const axnorm::Pattern &pattern = axnorm::pattern<"b h c -> b c">;
    axnorm::normalize(pattern, in, out);
    const axnorm::Kernel &kernel = axnorm::select_kernel(pattern, in, out, {}, {});
    std::printf("%d: %s, knobs '%.*s', %s\n", images,
                largest_error(x, y, static_cast<std::size_t>(images)) < 1e-4 ? "right" : "wrong",
                static_cast<int>(kernel.knobs.size()), kernel.knobs.data(),
                kernel.tuned_for.exists() ? "tuned" : "usual");
}

}  // namespace

int main() {
    run(8);    // 64 KiB
    run(100);  // 800 KiB
}

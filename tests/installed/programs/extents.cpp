// Group norm NHWC in groups of 4 and of 3 channels, by the library whose header is given: which kernel runs, or why
// none.
#include HEADER

#include <cmath>
#include <cstdio>
#include <vector>

namespace {

void run(int size) {
    const int groups = 8, pixels = 20, channels = groups * size;
    std::vector<float> x, y(static_cast<std::size_t>(pixels * channels));
    for (std::size_t i = 0; i < y.size(); ++i) {
        x.push_back(static_cast<float>(i * 37 % 101));
    }
    const axnorm::Extents shape{1, channels, 4, 5}, strides{pixels * channels, 1, 5 * channels, channels};
    const axnorm::ConstTensorView x_view(x.data(), shape, strides);
    const axnorm::TensorView y_view(y.data(), shape, strides);
    const axnorm::NamedLength lengths[] = {{"g", groups}};
    const axnorm::Pattern &pattern = axnorm::pattern<"b (g n) h w -> b g", "(g n)">;
    try {
        axnorm::normalize(pattern, x_view, y_view, {}, lengths);
        const axnorm::Kernel &kernel = axnorm::select_kernel(pattern, x_view, y_view, {}, lengths);
        double sum = 0, squares = 0;
        for (const float value : y) {
            sum += value;
            squares += value * value;
        }
        const double count = static_cast<double>(y.size());
        const bool right = std::abs(sum / count) < 1e-5 && std::abs(squares / count - 1) < 1e-5;
        std::printf("n=%d: %s, %.*s\n", size, right ? "right" : "wrong", static_cast<int>(kernel.name.size()),
                    kernel.name.data());
    } catch (const axnorm::Error &error) {
        std::printf("n=%d: %s\n", size, error.what());
    }
}

}  // namespace

int main() {
    run(4);
    run(3);
}

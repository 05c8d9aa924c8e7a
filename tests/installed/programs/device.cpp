// Layer norm by a library with kernels for the CPU and for CUDA: a call of each, the second without a driver.
#include HEADER

#include <cmath>
#include <cstdio>
#include <vector>

int main() {
    std::vector<float> x(1024), y(1024);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i * 37 % 101);
    }
    const axnorm::Extents shape{4, 256};
    axnorm::normalize("b c -> b", "", axnorm::ConstTensorView(x.data(), shape), axnorm::TensorView(y.data(), shape));
    double squares = 0;
    for (const float value : y) {
        squares += value * value;
    }
    std::printf("cpu: %s\n", std::abs(squares / 1024 - 1) < 1e-4 ? "right" : "wrong");

    // Nothing follows these where there is no driver.
    void *nowhere = reinterpret_cast<void *>(4096);
    const axnorm::ConstTensorView x_there(nowhere, axnorm::DType::float32, shape, {}, axnorm::Device::cuda);
    const axnorm::TensorView y_there(nowhere, axnorm::DType::float32, shape, {}, axnorm::Device::cuda);
    const axnorm::Kernel &kernel = axnorm::select_kernel(axnorm::pattern<"b c -> b">, x_there, y_there);
    std::printf("cuda: %.*s\n", static_cast<int>(kernel.name.size()), kernel.name.data());
    try {
        axnorm::normalize("b c -> b", "", x_there, y_there);
        std::printf("there is a driver\n");
    } catch (const axnorm::Error &error) {
        std::printf("%s\n", error.what());
    }
}

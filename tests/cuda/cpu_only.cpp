// A program with a kernel for the CPU alone: stays_out.py looks for what it does not hold.
#include <cstdio>

#include "axnorm/axnorm.h"

namespace {

int do_nothing(void **) {
    return 0;
}

constexpr axnorm::Kernel kernels[] = {{axnorm::Statistic::mean_var, "kR", true, true, {}, do_nothing, "nothing"}};
constinit const axnorm::Library library("cpu_only", kernels);
[[maybe_unused]] const bool is_registered = axnorm::register_library(library);

}  // namespace

// A call for the CPU, and one for a GPU, which has no kernel.
int main() {
    float data[8] = {};
    axnorm::normalize<"b c -> b">(axnorm::ConstTensorView(data, {2, 4}), axnorm::TensorView(data, {2, 4}));
    try {
        axnorm::normalize<"b c -> b">({data, axnorm::DType::float32, {2, 4}, {}, axnorm::Device::cuda},
                                      {data, axnorm::DType::float32, {2, 4}, {}, axnorm::Device::cuda});
    } catch (const axnorm::Error &error) {
        std::puts(error.what());
        return 0;
    }
    return 1;
}

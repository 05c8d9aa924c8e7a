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

// A call for the CPU, which needs no workspace, and one for a GPU, which has no kernel.
int main() {
    float data[8] = {};
    const axnorm::ConstTensorView x(data, {2, 4});
    const axnorm::TensorView y(data, {2, 4});
    axnorm::normalize<"b c -> b">(x, y);
    axnorm::release_workspaces();
    if (axnorm::workspace_size<"b c -> b">(x, y) != 0) {
        return 2;
    }
    try {
        axnorm::normalize<"b c -> b">({data, axnorm::DType::float32, {2, 4}, {}, axnorm::Device::cuda},
                                      {data, axnorm::DType::float32, {2, 4}, {}, axnorm::Device::cuda});
    } catch (const axnorm::Error &error) {
        std::puts(error.what());
        return 0;
    }
    return 1;
}

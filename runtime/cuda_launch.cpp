#include "cuda_launch.h"

#include <HalideRuntimeCuda.h>

#include <string>

#include "device_buffers.h"
#include "halide_hooks.h"
#include "refusal.h"

namespace axnorm::cuda {
namespace {

struct Launch {
    const Operands &operands;
    double eps;
    DeviceCall call;
};

std::uint64_t address_of(const void *data, std::int64_t offset) {
    constexpr std::uint64_t nowhere = 256;
    return data == nullptr ? nowhere : reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uint64_t>(offset);
}

int launch_part(void *context, const Slice &part) {
    auto &launch = *static_cast<Launch *>(context);
    void *const user_context = &launch.call;
    DeviceBuffers buffers(part, launch.operands, launch.eps, user_context, halide_cuda_device_interface(), address_of);
    const int error = part.plan.kernel->function(buffers.arguments());
    return launch.call.error != nullptr ? halide_error_code_gpu_device_error : error;
}

// Throws what a callback of the kernel reported, with the kernel's name in front.
[[noreturn]] void fail(const Kernel &kernel, const ConstTensorView &x, const DeviceCall &call, int error) {
    const std::string name = concat({"kernel ", kernel.name, " on ", device_name(x)});
    if (call.error == nullptr) {
        throw Error(concat({name, " failed with Halide error ", std::to_string(error), ": ", halide_message()}),
                    ErrorCode::kernel);
    }
    try {
        std::rethrow_exception(call.error);
    } catch (const Error &reported) {
        const std::string_view message = reported.what(), prefix = "axnorm: ";
        throw Error(concat({name, ": ", message.substr(prefix.size())}), reported.code());
    }
}

}  // namespace

void launch(const Slice &whole, const Operands &operands, const Options &options) {
    const ConstTensorView &x = operands[role_x];
    const CurrentContext context(x.device_index(), options.stream);
    Launch launch{operands, options.eps, {options.stream, context.id()}};
    if (const int error = for_each_part(whole, launch_part, &launch); error != 0) {
        fail(*whole.plan.kernel, x, launch.call, error);
    }
}

}  // namespace axnorm::cuda

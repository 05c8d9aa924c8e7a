#include "device_launch.h"

#include <atomic>

namespace axnorm {
namespace {

constinit std::atomic<DeviceLaunch> cuda_launch{nullptr};

}  // namespace

void register_cuda_launch(DeviceLaunch launch) noexcept {
    cuda_launch.store(launch, std::memory_order_release);
}

void launch_on_device(const Slice &whole, const Operands &operands, const Options &options) {
    const DeviceLaunch launch = cuda_launch.load(std::memory_order_acquire);
    if (launch == nullptr) {
        throw Error("a kernel for device cuda is linked without the part of axnorm::runtime that launches it",
                    ErrorCode::unsupported);
    }
    launch(whole, operands, options);
}

}  // namespace axnorm

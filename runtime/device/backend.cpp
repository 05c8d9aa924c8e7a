#include "backend.h"

#include <array>
#include <atomic>
#include <cstddef>

#include "runtime/language/refusal.h"

namespace axnorm {
namespace {

constinit std::array<std::atomic<DeviceLaunch>, device_count> launches{};
constinit std::array<std::atomic<const DeviceMemory *>, device_count> memories{};

}  // namespace

void register_device_launch(Device device, DeviceLaunch launch) noexcept {
    launches[static_cast<std::size_t>(device)].store(launch, std::memory_order_release);
}

void launch_on_device(const Slice &whole, const Operands &operands, const Options &options) {
    const Device device = operands[role_x].device();
    const DeviceLaunch launch = launches[static_cast<std::size_t>(device)].load(std::memory_order_acquire);
    if (launch == nullptr) {
        throw Error(concat({"a kernel for device ", name_of(device), " is linked without what launches it"}),
                    ErrorCode::unsupported);
    }
    launch(whole, operands, options);
}

void register_device_memory(Device device, const DeviceMemory &memory) noexcept {
    memories[static_cast<std::size_t>(device)].store(&memory, std::memory_order_release);
}

const DeviceMemory *memory_on(Device device) {
    return memories[static_cast<std::size_t>(device)].load(std::memory_order_acquire);
}

}  // namespace axnorm

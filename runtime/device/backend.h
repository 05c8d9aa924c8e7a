// Where calls with tensors on a GPU go: to a part of the runtime that kernels for GPUs bring into a program, so that
// others do not have it. It is in the archive as objects of its own, which define what the host code of such kernels
// calls (runtime/cuda/halide_interface.cpp); nothing else refers to them, and when they are linked they register
// themselves here, before other static initializers run.
#pragma once

#include <cstddef>

#include "axnorm/options.h"
#include "runtime/planning/slice.h"

namespace axnorm {

// Throws Error where the launch fails.
using DeviceLaunch = void (*)(const Slice &whole, const Operands &operands, const Options &options);

void register_device_launch(Device device, DeviceLaunch launch) noexcept;

// As launch(), for tensors on a device.
void launch_on_device(const Slice &whole, const Operands &operands, const Options &options);

// What kernels of a device work in beside the tensors of a call, where the runtime sees to it: workspaces
// (options.h), and the memory that the threads of a block share.
struct DeviceMemory {
    std::size_t (*workspace_size)(const Slice &whole, const Operands &operands, const Options &options);
    void (*release_workspaces)(int device_index);
    // Whether the tensors' device gives a block as much as the plan's kernel asks for. Where nobody can say what it
    // gives, as on a machine without a driver, true.
    bool (*has_shared_memory)(const Plan &plan, const Layout &layout, const Operands &operands);
};

// It has to last as long as the program.
void register_device_memory(Device device, const DeviceMemory &memory) noexcept;

// That of a device; nullptr where it has none.
const DeviceMemory *memory_on(Device device);

}  // namespace axnorm

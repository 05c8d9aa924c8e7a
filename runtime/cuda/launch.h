// Calls of the kernels of a GPU: what the host code of one is given as its user_context, and how it is called.
#pragma once

#include <exception>

#include "modules.h"
#include "runtime/device/backend.h"
#include "workspace.h"

namespace axnorm::cuda {

// A call of normalize(), as what its kernels' host code calls back sees it.
struct DeviceCall {
    Stream stream = nullptr;
    ContextId context{};                 // the current one
    Pieces workspace{};                  // where there is none kernels have no buffers of their own
    bool is_dry = false;                 // the driver is asked nothing: what the call takes of memory is counted
    int shared_bytes = 0;                // of a dry call, by a block: the most that a launch asks for
    Module *module = nullptr;            // of the kernel, once it is initialized
    std::exception_ptr error = nullptr;  // why a function that was called back returned an error
};

// Puts the kernels of a plan into the stream of the call.
void launch(const Slice &whole, const Operands &operands, const Options &options);

// The bytes of workspace that this takes, found out by running the kernel's host code dry. That goes by extents and
// strides: addresses are not followed, and no driver is needed. Each call of such a kernel does it before its first
// launch.
std::size_t workspace_size(const Slice &whole, const Operands &operands, const Options &options);

// Whether a block of the tensors' device may have the shared memory that the plan's kernel asks for, which a dry run
// tells, too.
bool has_shared_memory(const Plan &plan, const Layout &layout, const Operands &operands);

}  // namespace axnorm::cuda

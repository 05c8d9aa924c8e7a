// What the host code of a kernel for CUDA calls, by the names of Halide's own CUDA runtime, of which nothing is linked:
// that one compiles with at most 64 registers, gives blocks at most 48 KB of shared memory, looks functions up by name
// in each launch, and allocates and copies where nobody asked. A program can have one of the two only.
//
// This object is linked where there is such a kernel, and brings the rest of the CUDA runtime with it
// (runtime/device/backend.h). No exception passes through the host code: it is kept in the call, and thrown again
// behind it.
#include <HalideRuntimeCuda.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <string>

#include "axnorm/error.h"
#include "launch.h"
#include "modules.h"

// As Halide's runtime has it (src/runtime/device_interface.h of Halide 21): it goes through these pointers where
// kernels hand it a buffer.
struct halide_device_interface_impl_t {
    void (*use_module)();
    void (*release_module)();
    int (*device_malloc)(void *, halide_buffer_t *);
    int (*device_free)(void *, halide_buffer_t *);
    int (*device_sync)(void *, halide_buffer_t *);
    int (*device_release)(void *);
    int (*copy_to_host)(void *, halide_buffer_t *);
    int (*copy_to_device)(void *, halide_buffer_t *);
    int (*device_and_host_malloc)(void *, halide_buffer_t *);
    int (*device_and_host_free)(void *, halide_buffer_t *);
    int (*buffer_copy)(void *, halide_buffer_t *, const halide_device_interface_t *, halide_buffer_t *);
    int (*device_crop)(void *, const halide_buffer_t *, halide_buffer_t *);
    int (*device_slice)(void *, const halide_buffer_t *, int, int, halide_buffer_t *);
    int (*device_release_crop)(void *, halide_buffer_t *);
    int (*wrap_native)(void *, halide_buffer_t *, std::uint64_t);
    int (*detach_native)(void *, halide_buffer_t *);
};

namespace axnorm::cuda {
namespace {

// Runs a callback of the call; 0, or an error code of Halide where it throws. Kernels without asserts do not look at
// that code, and go on: after an error nothing is done any more.
template <class F>
int guarded(void *user_context, const F &function) {
    if (user_context == nullptr) {
        halide_error(nullptr, "kernels for CUDA are called by axnorm::normalize() alone");
        return halide_error_code_generic_error;
    }
    auto &call = *static_cast<DeviceCall *>(user_context);
    if (call.error != nullptr) {
        return halide_error_code_gpu_device_error;
    }
    try {
        function(call);
        return halide_error_code_success;
    } catch (...) {
        call.error = std::current_exception();
        return halide_error_code_gpu_device_error;
    }
}

// Kernels work in registers, in shared memory, on the tensors of the call and in its workspace alone.
template <class... Rest>
int refused(void *user_context, Rest...) {
    return guarded(user_context, [](DeviceCall &) {
        throw Error("it asks for a copy, or for device memory beside its workspace", ErrorCode::kernel);
    });
}

// A buffer without elements may have a negative size.
std::size_t bytes_of(const halide_buffer_t &buffer) {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(buffer.size_in_bytes()), 0));
}

// Tensors have their memory; others are results of one launch that the next one reads.
int give_memory(void *user_context, halide_buffer_t *buffer) {
    if (buffer->device != 0) {
        return halide_error_code_success;
    }
    return guarded(user_context, [&](DeviceCall &call) {
        buffer->device = call.workspace.take(bytes_of(*buffer));
        buffer->device_interface = halide_cuda_device_interface();
    });
}

// The workspace stays; the buffer is as it was before.
int forget_memory(void *, halide_buffer_t *buffer) {
    buffer->device = 0;
    buffer->device_interface = nullptr;
    return halide_error_code_success;
}

void nothing() {}

constexpr halide_device_interface_impl_t functions = {
    .use_module = nothing,
    .release_module = nothing,
    .device_malloc = give_memory,
    .device_free = forget_memory,
    .device_sync = refused,
    .device_release = refused,
    .copy_to_host = refused,
    .copy_to_device = refused,
    .device_and_host_malloc = refused,
    .device_and_host_free = refused,
    .buffer_copy = refused,
    .device_crop = refused,
    .device_slice = refused,
    .device_release_crop = refused,
    .wrap_native = refused,
    .detach_native = refused,
};

constexpr halide_device_interface_t device_interface = {
    .device_malloc = halide_device_malloc,
    .device_free = halide_device_free,
    .device_sync = halide_device_sync,
    .device_release = halide_device_release,
    .copy_to_host = halide_copy_to_host,
    .copy_to_device = halide_copy_to_device,
    .device_and_host_malloc = refused,
    .device_and_host_free = refused,
    .buffer_copy = halide_buffer_copy,
    .device_crop = halide_device_crop,
    .device_slice = halide_device_slice,
    .device_release_crop = halide_device_release_crop,
    .wrap_native = halide_device_wrap_native,
    .detach_native = halide_device_detach_native,
    .compute_capability = refused<int *, int *>,
    .impl = &functions,
};

struct Extent {
    int x, y, z;

    bool is_empty() const { return x <= 0 || y <= 0 || z <= 0; }
};

// The arguments of an entry: pointers to them, of a buffer to its device pointer.
class EntryArguments {
  public:
    EntryArguments(const size_t *sizes, void *const *arguments, const std::int8_t *is_buffer) {
        for (std::size_t i = 0; sizes[i] != 0; ++i) {
            if (i == all_.size()) {
                throw Error("it has more than " + std::to_string(i) + " arguments", ErrorCode::kernel);
            }
            all_[i] = is_buffer[i] != 0 ? &static_cast<halide_buffer_t *>(arguments[i])->device : arguments[i];
        }
    }
    void **data() { return all_.data(); }

  private:
    std::array<void *, 256> all_;  // what is not used is not set
};

void run(const DeviceCall &call, const char *entry, Extent blocks, Extent threads, int shared_bytes, void **arguments) {
    Function &function = call.module->function(entry);
    function.allow_shared(shared_bytes);
    const auto count = [](int number) { return static_cast<unsigned>(number); };
    check(driver().cuLaunchKernel(function.handle(), count(blocks.x), count(blocks.y), count(blocks.z),
                                  count(threads.x), count(threads.y), count(threads.z), count(shared_bytes),
                                  call.stream, arguments, nullptr),
          "cuLaunchKernel");
}

constexpr DeviceMemory memory{workspace_size, release_workspaces, has_shared_memory};

// Before other initializers, which may make calls.
[[gnu::constructor(101)]] void register_launch() {
    register_device_launch(Device::cuda, launch);
    register_device_memory(Device::cuda, memory);
}

}  // namespace
}  // namespace axnorm::cuda

using namespace axnorm::cuda;

const halide_device_interface_t *halide_cuda_device_interface() {
    return &device_interface;
}

int halide_cuda_initialize_kernels(void *user_context, void **state, const char *ptx, int) {
    return guarded(user_context, [&](DeviceCall &call) {
        if (!call.is_dry) {
            call.module = &KernelState::of(state).load(call.context, call.stream, ptx);
        }
    });
}

// At the end of each call, and of the program: modules are kept.
void halide_cuda_finalize_kernels(void *, void *) {}

int halide_cuda_run(void *user_context, void *, const char *entry, int blocks_x, int blocks_y, int blocks_z,
                    int threads_x, int threads_y, int threads_z, int shared_bytes, size_t sizes[], void *arguments[],
                    std::int8_t is_buffer[]) {
    const Extent blocks{blocks_x, blocks_y, blocks_z}, threads{threads_x, threads_y, threads_z};
    if (blocks.is_empty() || threads.is_empty()) {
        return halide_error_code_success;  // the driver would refuse it
    }
    return guarded(user_context, [&](DeviceCall &call) {
        if (call.is_dry) {
            call.shared_bytes = std::max(call.shared_bytes, shared_bytes);
        } else {
            EntryArguments of_entry(sizes, arguments, is_buffer);
            run(call, entry, blocks, threads, shared_bytes, of_entry.data());
        }
    });
}

// OpenCL on the CPU: its memory is the host's, in buffers that are made for a launch.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <HalideRuntimeOpenCL.h>
#include <opencl_norms.h>
#include <pthread.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "backend.h"
#include "runtime/device/arguments.h"
#include "runtime/device/backend.h"
#include "runtime/halide/errors.h"

namespace axnorm::test {
namespace {

void check(cl_int result, const char *call) {
    if (result != CL_SUCCESS) {
        throw std::runtime_error(std::string(call) + " failed with OpenCL error " + std::to_string(result));
    }
}

// PoCL has the variables of all threads of a block on the stack of a thread of its own: more than the usual 8 MB.
void enlarge_stacks() {
    pthread_attr_t attributes;
    if (pthread_getattr_default_np(&attributes) != 0 ||
        pthread_attr_setstacksize(&attributes, std::size_t{64} << 20) != 0 ||
        pthread_setattr_default_np(&attributes) != 0) {
        throw std::runtime_error("no larger stacks for threads");
    }
    pthread_attr_destroy(&attributes);
}

// A buffer of Halide's runtime, which tells its context and waits for its queue.
struct OpenCL {
    halide_dimension_t dimension{0, 1, 1, 0};
    halide_buffer_t buffer{};
    cl_context context = nullptr;

    OpenCL() {
        enlarge_stacks();
        buffer.type = halide_type_of<std::uint8_t>();
        buffer.dimensions = 1;
        buffer.dim = &dimension;
        halide_opencl_set_build_options("-cl-opt-disable");  // PoCL compiles for longer than it runs
        if (halide_device_malloc(nullptr, &buffer, halide_opencl_device_interface()) != 0) {
            throw std::runtime_error("no OpenCL device: " + halide_message());
        }
        const auto memory = reinterpret_cast<cl_mem>(halide_opencl_get_cl_mem(nullptr, &buffer));
        check(clGetMemObjectInfo(memory, CL_MEM_CONTEXT, sizeof(context), &context, nullptr), "clGetMemObjectInfo");
    }
};

OpenCL &opencl() {
    static OpenCL instance;
    return instance;
}

// As Halide's runtime for OpenCL has it.
struct Handle {
    std::uint64_t offset;
    cl_mem memory;
};

// Of the launch in progress.
std::vector<std::unique_ptr<Handle>> &handles() {
    static std::vector<std::unique_ptr<Handle>> all;
    return all;
}

// The size is no matter: PoCL takes the host's memory as it is.
constexpr std::size_t enough = std::size_t{1} << 26;

std::uint64_t address_of(const void *data, std::int64_t offset) {
    cl_int result = CL_SUCCESS;
    static unsigned char nothing[64];
    auto *begin = data == nullptr ? nothing : static_cast<unsigned char *>(const_cast<void *>(data)) + offset;
    const cl_mem memory =
        clCreateBuffer(opencl().context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, enough, begin, &result);
    check(result, "clCreateBuffer");
    handles().push_back(std::make_unique<Handle>(Handle{0, memory}));
    return reinterpret_cast<std::uintptr_t>(handles().back().get());
}

int launch_part(void *context, const Slice &part) {
    const auto &[operands, eps] = *static_cast<std::pair<const Operands &, double> *>(context);
    void *const user_context = nullptr;
    DeviceBuffers buffers(part, operands, eps, user_context, halide_opencl_device_interface(), address_of);
    const int error = part.plan.kernel->function(buffers.arguments());
    halide_device_sync(nullptr, &opencl().buffer);
    for (const auto &handle : handles()) {
        clReleaseMemObject(handle->memory);
    }
    handles().clear();
    return error;
}

void launch(const Slice &whole, const Operands &operands, const Options &options) {
    std::pair<const Operands &, double> call{operands, options.eps};
    if (const int error = for_each_part(whole, launch_part, &call); error != 0) {
        throw Error("kernel " + std::string(whole.plan.kernel->name) + " failed with Halide error " +
                        std::to_string(error) + ": " + halide_message(),
                    ErrorCode::kernel);
    }
}

const bool is_registered = (register_device_launch(Device::opencl, launch), true);

}  // namespace

const Device device_under_test = Device::opencl;

DeviceBlock::DeviceBlock(unsigned char *host, std::size_t bytes) : address_(host), host_(host), bytes_(bytes) {}
void DeviceBlock::fetch() const {}

}  // namespace axnorm::test

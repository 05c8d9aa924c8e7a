#include <algorithm>
#include <cstring>

#include "driver.h"

namespace axnorm::fake_cuda {

namespace {
constexpr std::size_t device_memory = std::size_t{80} << 30;

// Null where the bytes are not all of one allocation of the context.
std::uint8_t *bytes_at(const Context &context, CUdeviceptr address, std::size_t bytes) {
    const ptx::Region *const region = context.memory.find(address, bytes);
    return region == nullptr ? nullptr : region->bytes.get() + (address - region->address);
}

CUresult copy(const Context &context, CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    std::uint8_t *const target = bytes_at(context, to, bytes);
    const std::uint8_t *const source = bytes_at(context, from, bytes);
    if (bytes != 0 && (target == nullptr || source == nullptr)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::copy_n(source, bytes, target);
    return CUDA_SUCCESS;
}

CUresult copy_in(const Context &context, CUdeviceptr to, const void *from, std::size_t bytes) {
    std::uint8_t *const target = bytes_at(context, to, bytes);
    if (bytes != 0 && (target == nullptr || from == nullptr)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::copy_n(static_cast<const std::uint8_t *>(from), bytes, target);
    return CUDA_SUCCESS;
}

CUresult copy_out(const Context &context, void *to, CUdeviceptr from, std::size_t bytes) {
    const std::uint8_t *const source = bytes_at(context, from, bytes);
    if (bytes != 0 && (source == nullptr || to == nullptr)) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::copy_n(source, bytes, static_cast<std::uint8_t *>(to));
    return CUDA_SUCCESS;
}

CUresult set_bytes(const Context &context, CUdeviceptr to, unsigned char value, std::size_t count) {
    std::uint8_t *const target = bytes_at(context, to, count);
    if (count != 0 && target == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    std::fill_n(target, count, value);
    return CUDA_SUCCESS;
}

// Copies that wait for themselves may not be called while a stream captures.
CUresult now(const char *name, const std::function<CUresult(const Context &)> &work) {
    return call_in_context(name, [&](Driver &d, Context &context) {
        const CUresult refused = refuse_capturing(d, context);
        return refused != CUDA_SUCCESS ? refused : work(context);
    });
}

CUresult in_stream(const char *name, CUstream stream, const std::function<CUresult(const Context &)> &work) {
    return call_in_context(name, [&](Driver &d, Context &context) {
        return submit(d, stream, [work, &context] { return work(context); });
    });
}

CUresult allocate(Driver &d, Context &context, CUdeviceptr *address, std::size_t bytes) {
    if (address == nullptr || bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (const CUresult refused = refuse_unsafe(d); refused != CUDA_SUCCESS) {
        return refused;
    }
    if (bytes > device_memory) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    *address = context.memory.allocate(bytes);
    context.allocations.insert(*address);
    return CUDA_SUCCESS;
}

CUresult release(Driver &d, Context &context, CUdeviceptr address) {
    if (address == 0) {
        return CUDA_SUCCESS;
    }
    if (const CUresult refused = refuse_unsafe(d); refused != CUDA_SUCCESS) {
        return refused;
    }
    if (context.allocations.erase(address) == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    context.memory.release(address);
    return CUDA_SUCCESS;
}
}  // namespace

}  // namespace axnorm::fake_cuda

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

CUresult cuMemAlloc_v2(CUdeviceptr *address, std::size_t bytes) {
    return call_in_context("cuMemAlloc_v2",
                           [=](Driver &d, Context &context) { return allocate(d, context, address, bytes); });
}

CUresult cuMemFree_v2(CUdeviceptr address) {
    return call_in_context("cuMemFree_v2", [=](Driver &d, Context &context) { return release(d, context, address); });
}

CUresult cuMemGetInfo_v2(std::size_t *free, std::size_t *total) {
    return call_in_context("cuMemGetInfo_v2", [=](Driver &, Context &) {
        if (free == nullptr || total == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        *free = *total = device_memory;
        return CUDA_SUCCESS;
    });
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, std::size_t bytes) {
    return now("cuMemcpyHtoD_v2", [=](const Context &context) { return copy_in(context, to, from, bytes); });
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, std::size_t bytes) {
    return now("cuMemcpyDtoH_v2", [=](const Context &context) { return copy_out(context, to, from, bytes); });
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    return now("cuMemcpyDtoD_v2", [=](const Context &context) { return copy(context, to, from, bytes); });
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, std::size_t bytes, CUstream stream) {
    return in_stream("cuMemcpyHtoDAsync_v2", stream,
                     [=](const Context &context) { return copy_in(context, to, from, bytes); });
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    return in_stream("cuMemcpyDtoHAsync_v2", stream,
                     [=](const Context &context) { return copy_out(context, to, from, bytes); });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    return in_stream("cuMemcpyDtoDAsync_v2", stream,
                     [=](const Context &context) { return copy(context, to, from, bytes); });
}

CUresult cuMemcpy3D_v2(const void *) {
    return call_in_context("cuMemcpy3D_v2", [](Driver &, Context &) { return CUDA_ERROR_NOT_SUPPORTED; });
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, std::size_t count) {
    return now("cuMemsetD8_v2", [=](const Context &context) { return set_bytes(context, to, value, count); });
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream stream) {
    return in_stream("cuMemsetD8Async", stream,
                     [=](const Context &context) { return set_bytes(context, to, value, count); });
}

// The context (1), the kind of memory (2), and the number of the device (9).
CUresult cuPointerGetAttribute(void *value, int attribute, CUdeviceptr address) {
    return call("cuPointerGetAttribute", [=](Driver &d) {
        if (value == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        for (Context &context : d.contexts.all()) {
            if (!context.alive || context.memory.find(address, 1) == nullptr) {
                continue;
            }
            switch (attribute) {
                case 1: *static_cast<CUcontext *>(value) = reinterpret_cast<CUcontext>(&context); return CUDA_SUCCESS;
                case 2: *static_cast<unsigned *>(value) = 2; return CUDA_SUCCESS;
                case 9: *static_cast<int *>(value) = context.device; return CUDA_SUCCESS;
                default: return CUDA_ERROR_INVALID_VALUE;
            }
        }
        return CUDA_ERROR_INVALID_VALUE;
    });
}

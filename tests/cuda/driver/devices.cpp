#include <algorithm>
#include <cstdio>

#include "driver.h"

using axnorm::fake_cuda::call;
using axnorm::fake_cuda::call_before_init;
using axnorm::fake_cuda::Driver;
using axnorm::fake_cuda::is_device;
using axnorm::fake_cuda::most_shared;
using axnorm::fake_cuda::Settings;

namespace {
constexpr std::size_t device_memory = std::size_t{80} << 30;

struct Row {
    CUdevice_attribute attribute;
    int value;
};
constexpr Row rows[] = {
    {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 1024},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 64},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 2147483647},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 65535},
    {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 65535},
    {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 49152},
    {CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, 65536},
    {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
    {CU_DEVICE_ATTRIBUTE_MAX_PITCH, 2147483647},
    {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, 65536},
    {CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 1980000},
    {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 132},
    {CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 2619000},
    {CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 5120},
    {CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 52428800},
    {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 2048},
    {CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 1},
    {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 65536},
    {CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR, 32},
    {CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK, 1024},
};

CUresult attribute_of(const Driver &driver, CUdevice device, CUdevice_attribute attribute, int &value) {
    const Settings &settings = driver.settings;
    const int shared = most_shared(driver, device);
    switch (attribute) {
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: value = settings.major; return CUDA_SUCCESS;
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: value = settings.minor; return CUDA_SUCCESS;
        case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: value = shared; return CUDA_SUCCESS;
        case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: value = shared + 1024; return CUDA_SUCCESS;
        default: break;
    }
    const auto *const found = std::ranges::find(rows, attribute, &Row::attribute);
    value = found == std::end(rows) ? value : found->value;
    return found == std::end(rows) ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
}  // namespace

CUresult cuInit(unsigned flags) {
    return call_before_init("cuInit", [=](Driver &d) {
        if (flags != 0) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (d.settings.devices <= 0) {
            return CUDA_ERROR_NO_DEVICE;
        }
        d.initialized = true;
        return CUDA_SUCCESS;
    });
}

CUresult cuDriverGetVersion(int *version) {
    return call_before_init("cuDriverGetVersion", [=](Driver &d) {
        if (version == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        *version = d.settings.driver_version;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    return call("cuDeviceGet", [=](Driver &d) {
        if (device == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, ordinal)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        *device = ordinal;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetCount(int *count) {
    return call("cuDeviceGetCount", [=](Driver &d) {
        if (count == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        *count = d.settings.devices;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
    return call("cuDeviceGetAttribute", [=](Driver &d) {
        if (value == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        return is_device(d, device) ? attribute_of(d, device, attribute, *value) : CUDA_ERROR_INVALID_DEVICE;
    });
}

CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
    return call("cuDeviceGetName", [=](Driver &d) {
        if (name == nullptr || length <= 0) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        std::snprintf(name, static_cast<std::size_t>(length), "Stand-in for a CUDA device %d", device);
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceTotalMem_v2(std::size_t *bytes, CUdevice device) {
    return call("cuDeviceTotalMem_v2", [=](Driver &d) {
        if (bytes == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        if (!is_device(d, device)) {
            return CUDA_ERROR_INVALID_DEVICE;
        }
        *bytes = device_memory;
        return CUDA_SUCCESS;
    });
}

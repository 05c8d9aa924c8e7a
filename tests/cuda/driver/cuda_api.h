// The part of the CUDA driver API that axnorm, its tests and Halide's own runtime call, declared by its public numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#define FAKE_CUDA_EXPORT __attribute__((visibility("default")))

extern "C" {

enum CUresult : int {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_DEINITIALIZED = 4,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_NO_BINARY_FOR_GPU = 209,
    CUDA_ERROR_INVALID_PTX = 218,
    CUDA_ERROR_UNSUPPORTED_PTX_VERSION = 222,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_NOT_READY = 600,
    CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701,
    CUDA_ERROR_LAUNCH_TIMEOUT = 702,
    CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE = 708,
    CUDA_ERROR_CONTEXT_IS_DESTROYED = 709,
    CUDA_ERROR_ASSERT = 710,
    CUDA_ERROR_ILLEGAL_INSTRUCTION = 715,
    CUDA_ERROR_MISALIGNED_ADDRESS = 716,
    CUDA_ERROR_INVALID_ADDRESS_SPACE = 717,
    CUDA_ERROR_INVALID_PC = 718,
    CUDA_ERROR_LAUNCH_FAILED = 719,
    CUDA_ERROR_NOT_PERMITTED = 800,
    CUDA_ERROR_NOT_SUPPORTED = 801,
    CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
    CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
    CUDA_ERROR_STREAM_CAPTURE_MERGE = 902,
    CUDA_ERROR_STREAM_CAPTURE_UNMATCHED = 903,
    CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
    CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
    CUDA_ERROR_STREAM_CAPTURE_IMPLICIT = 906,
    CUDA_ERROR_CAPTURED_EVENT = 907,
    CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD = 908,
    CUDA_ERROR_UNKNOWN = 999
};

using CUdevice = int;
using CUdeviceptr = std::uint64_t;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;

// Numbers of attributes, options and modes. Those that are not here are refused.
enum CUdevice_attribute : int {
    CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X = 2,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y = 3,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z = 4,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X = 5,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
    CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
    CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK = 8,
    CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY = 9,
    CU_DEVICE_ATTRIBUTE_WARP_SIZE = 10,
    CU_DEVICE_ATTRIBUTE_MAX_PITCH = 11,
    CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK = 12,
    CU_DEVICE_ATTRIBUTE_CLOCK_RATE = 13,
    CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
    CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE = 36,
    CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH = 37,
    CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38,
    CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR = 39,
    CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING = 41,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
    CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
    CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR = 81,
    CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR = 82,
    CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,
    CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR = 106,
    CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK = 111
};
enum CUfunction_attribute : int {
    CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
    CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
    CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES = 2,
    CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
    CU_FUNC_ATTRIBUTE_NUM_REGS = 4,
    CU_FUNC_ATTRIBUTE_PTX_VERSION = 5,
    CU_FUNC_ATTRIBUTE_BINARY_VERSION = 6,
    CU_FUNC_ATTRIBUTE_CACHE_MODE_CA = 7,
    CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
    CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT = 9
};
enum CUjit_option : int {
    CU_JIT_MAX_REGISTERS = 0,
    CU_JIT_INFO_LOG_BUFFER = 3,
    CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES = 4,
    CU_JIT_ERROR_LOG_BUFFER = 5,
    CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
    CU_JIT_OPTIMIZATION_LEVEL = 7
};
enum CUstreamCaptureStatus : int {
    CU_STREAM_CAPTURE_STATUS_NONE = 0,
    CU_STREAM_CAPTURE_STATUS_ACTIVE = 1,
    CU_STREAM_CAPTURE_STATUS_INVALIDATED = 2
};
enum CUstreamCaptureMode : int {
    CU_STREAM_CAPTURE_MODE_GLOBAL = 0,
    CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1,
    CU_STREAM_CAPTURE_MODE_RELAXED = 2
};
inline constexpr unsigned CU_STREAM_NON_BLOCKING = 1;

#define FAKE_CUDA_API FAKE_CUDA_EXPORT CUresult
FAKE_CUDA_API cuInit(unsigned flags);
FAKE_CUDA_API cuDriverGetVersion(int *version);
FAKE_CUDA_API cuGetErrorName(CUresult error, const char **name);
FAKE_CUDA_API cuGetErrorString(CUresult error, const char **text);

FAKE_CUDA_API cuDeviceGet(CUdevice *device, int ordinal);
FAKE_CUDA_API cuDeviceGetCount(int *count);
FAKE_CUDA_API cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device);
FAKE_CUDA_API cuDeviceGetName(char *name, int length, CUdevice device);
FAKE_CUDA_API cuDeviceTotalMem_v2(std::size_t *bytes, CUdevice device);
FAKE_CUDA_API cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device);
FAKE_CUDA_API cuDevicePrimaryCtxRelease_v2(CUdevice device);
FAKE_CUDA_API cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active);

FAKE_CUDA_API cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device);
FAKE_CUDA_API cuCtxDestroy_v2(CUcontext context);
FAKE_CUDA_API cuCtxGetCurrent(CUcontext *context);
FAKE_CUDA_API cuCtxSetCurrent(CUcontext context);
FAKE_CUDA_API cuCtxPushCurrent_v2(CUcontext context);
FAKE_CUDA_API cuCtxPopCurrent_v2(CUcontext *context);
FAKE_CUDA_API cuCtxGetDevice(CUdevice *device);
FAKE_CUDA_API cuCtxGetId(CUcontext context, unsigned long long *id);
FAKE_CUDA_API cuCtxGetApiVersion(CUcontext context, unsigned *version);
FAKE_CUDA_API cuCtxSynchronize();
FAKE_CUDA_API cuProfilerStop();

FAKE_CUDA_API cuModuleLoadData(CUmodule *module, const void *image);
FAKE_CUDA_API cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, CUjit_option *options,
                                 void **values);
FAKE_CUDA_API cuModuleUnload(CUmodule module);
FAKE_CUDA_API cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name);
FAKE_CUDA_API cuModuleGetGlobal_v2(CUdeviceptr *address, std::size_t *bytes, CUmodule module, const char *name);
FAKE_CUDA_API cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value);
FAKE_CUDA_API cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function);
FAKE_CUDA_API cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                             unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void **params,
                             void **extra);
FAKE_CUDA_API cuLaunchKernel_ptsz(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                  unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                                  CUstream stream, void **params, void **extra);

FAKE_CUDA_API cuMemAlloc_v2(CUdeviceptr *address, std::size_t bytes);
FAKE_CUDA_API cuMemFree_v2(CUdeviceptr address);
FAKE_CUDA_API cuMemGetInfo_v2(std::size_t *free, std::size_t *total);
FAKE_CUDA_API cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, std::size_t bytes);
FAKE_CUDA_API cuMemcpyDtoH_v2(void *to, CUdeviceptr from, std::size_t bytes);
FAKE_CUDA_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes);
FAKE_CUDA_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, std::size_t bytes, CUstream stream);
FAKE_CUDA_API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, std::size_t bytes, CUstream stream);
FAKE_CUDA_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream);
FAKE_CUDA_API cuMemcpy3D_v2(const void *copy);
FAKE_CUDA_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, std::size_t count);
FAKE_CUDA_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream stream);
FAKE_CUDA_API cuPointerGetAttribute(void *value, int attribute, CUdeviceptr address);

FAKE_CUDA_API cuStreamCreate(CUstream *stream, unsigned flags);
FAKE_CUDA_API cuStreamDestroy_v2(CUstream stream);
FAKE_CUDA_API cuStreamSynchronize(CUstream stream);
FAKE_CUDA_API cuStreamQuery(CUstream stream);
FAKE_CUDA_API cuStreamGetCtx(CUstream stream, CUcontext *context);
FAKE_CUDA_API cuStreamGetId(CUstream stream, unsigned long long *id);
FAKE_CUDA_API cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags);
FAKE_CUDA_API cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status);
FAKE_CUDA_API cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode);
FAKE_CUDA_API cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode);
FAKE_CUDA_API cuStreamEndCapture(CUstream stream, CUgraph *graph);
FAKE_CUDA_API cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long flags);
FAKE_CUDA_API cuGraphLaunch(CUgraphExec exec, CUstream stream);
FAKE_CUDA_API cuGraphDestroy(CUgraph graph);
FAKE_CUDA_API cuGraphExecDestroy(CUgraphExec exec);

FAKE_CUDA_API cuEventCreate(CUevent *event, unsigned flags);
FAKE_CUDA_API cuEventDestroy_v2(CUevent event);
FAKE_CUDA_API cuEventRecord(CUevent event, CUstream stream);
FAKE_CUDA_API cuEventSynchronize(CUevent event);
FAKE_CUDA_API cuEventQuery(CUevent event);
FAKE_CUDA_API cuEventElapsedTime(float *milliseconds, CUevent begin, CUevent end);

}  // extern "C"

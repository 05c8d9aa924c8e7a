// The functions of the CUDA driver that axnorm calls, found in libcuda.so.1 when the first call needs them: no program
// is linked against it.
//
//     check(driver().cuCtxGetCurrent(&context), "cuCtxGetCurrent");
//
// CUDA's headers are not needed to build axnorm: what is used of them is declared here, handles as void *.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace axnorm::cuda {

using Result = int;  // 0 is success
using DeviceHandle = int;
using Context = void *;
using Stream = void *;
using ModuleHandle = void *;
using FunctionHandle = void *;

// The numbers of cuda.h.
inline constexpr int jit_error_log_buffer = 5, jit_error_log_buffer_size_bytes = 6;
inline constexpr int max_shared_memory_per_block_optin = 97;
inline constexpr int function_shared_size_bytes = 1, function_max_dynamic_shared_size_bytes = 8;
inline constexpr int capture_status_none = 0, capture_mode_relaxed = 2;

// By the names of cuda.h; the symbols of some end in _v2.
struct Driver {
    Result (*cuInit)(unsigned flags);
    Result (*cuGetErrorName)(Result result, const char **name);
    Result (*cuGetErrorString)(Result result, const char **text);
    Result (*cuDeviceGet)(DeviceHandle *device, int ordinal);
    Result (*cuDeviceGetCount)(int *count);
    Result (*cuDeviceGetAttribute)(int *value, int attribute, DeviceHandle device);
    Result (*cuDevicePrimaryCtxRetain)(Context *context, DeviceHandle device);
    Result (*cuCtxGetCurrent)(Context *context);
    Result (*cuCtxPushCurrent)(Context context);
    Result (*cuCtxPopCurrent)(Context *context);
    Result (*cuCtxGetDevice)(DeviceHandle *device);
    Result (*cuCtxGetId)(Context context, unsigned long long *id);  // nullptr before CUDA 12
    Result (*cuCtxSynchronize)();
    Result (*cuStreamGetCtx)(Stream stream, Context *context);
    Result (*cuStreamGetId)(Stream stream, unsigned long long *id);  // nullptr before CUDA 12
    Result (*cuStreamIsCapturing)(Stream stream, int *status);
    Result (*cuThreadExchangeStreamCaptureMode)(int *mode);
    Result (*cuMemAlloc)(std::uint64_t *address, std::size_t bytes);
    Result (*cuMemFree)(std::uint64_t address);
    Result (*cuModuleLoadDataEx)(ModuleHandle *module, const void *image, unsigned option_count, int *options,
                                 void **values);
    Result (*cuModuleGetFunction)(FunctionHandle *function, ModuleHandle module, const char *name);
    Result (*cuFuncGetAttribute)(int *value, int attribute, FunctionHandle function);
    Result (*cuFuncSetAttribute)(FunctionHandle function, int attribute, int value);
    Result (*cuLaunchKernel)(FunctionHandle function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z,
                             unsigned threads_x, unsigned threads_y, unsigned threads_z, unsigned shared_bytes,
                             Stream stream, void **arguments, void **extra);
};

// Loaded and initialized once. Throws Error of ErrorCode::device where that fails; the next call tries again.
const Driver &driver();

// Whether this process was forked from one that had the driver: driver() throws there, before a lock is taken.
bool is_behind_fork();

// "cuLaunchKernel: CUDA_ERROR_INVALID_VALUE (invalid argument)".
std::string failure(Result result, const char *call);

// Throws Error of ErrorCode::device with the text above where the call did not succeed.
void check(Result result, const char *call);

}  // namespace axnorm::cuda

// The functions of the driver: launches, contexts and modules.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "driver_fixture.h"

namespace axnorm::fake_cuda::test {
namespace {

TEST_F(DriverTest, RunsAKernel) {
    ASSERT_EQ(launch(0.5F, 4, 16, stream), CUDA_SUCCESS);
    float result[4];
    ASSERT_EQ(cuMemcpyDtoH_v2(result, y, sizeof result), CUDA_SUCCESS);
    EXPECT_EQ(std::vector<float>(result, result + 4), (std::vector<float>{1.5, 2.5, 3.5, 4.5}));
    FakeCudaLaunch last;
    ASSERT_EQ(fake_cuda_last_launch(&last), 1);
    EXPECT_STREQ(last.kernel, "add");
    EXPECT_EQ(last.grid[0], 1U);
    EXPECT_EQ(last.block[0], 4U);
    EXPECT_EQ(last.shared_bytes, 16U);
    EXPECT_EQ(last.stream, stream);
    EXPECT_EQ(last.barriers_per_block, 1U);
    EXPECT_EQ(last.global_loads[2], 4U);
    EXPECT_EQ(last.global_store_bytes, 16U);
    EXPECT_EQ(last.shared_loads[2], 4U);
}

TEST_F(DriverTest, ParametersFromABuffer) {
    struct {
        CUdeviceptr y, x;
        float a;
    } buffer{y, x, 2};
    std::size_t size = 20;
    void *extra[] = {reinterpret_cast<void *>(1), &buffer, reinterpret_cast<void *>(2), &size, nullptr};
    ASSERT_EQ(cuLaunchKernel(add, 1, 1, 1, 4, 1, 1, 16, nullptr, nullptr, extra), CUDA_SUCCESS);
    EXPECT_EQ(first_result(), 3);
}

TEST_F(DriverTest, RefusesLaunches) {
    EXPECT_EQ(launch(0, 4, 16, nullptr, 0), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(launch(0, 0), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(launch(0, 257), CUDA_ERROR_INVALID_VALUE);  // .maxntid
    EXPECT_EQ(launch(0, 4, 49153), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 232449),
              CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 232448), CUDA_SUCCESS);
    EXPECT_EQ(launch(0, 4, 232448), CUDA_SUCCESS);
    CUfunction fixed = nullptr;
    ASSERT_EQ(cuModuleGetFunction(&fixed, module, "fixed"), CUDA_SUCCESS);
    void *params[] = {&y};
    EXPECT_EQ(cuLaunchKernel(fixed, 1, 1, 1, 32, 1, 1, 0, nullptr, params, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuLaunchKernel(fixed, 1, 1, 1, 64, 1, 1, 0, nullptr, params, nullptr), CUDA_SUCCESS);
    EXPECT_EQ(cuLaunchKernel(fixed, 1, 65536, 1, 64, 1, 1, 0, nullptr, params, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuLaunchKernel(nullptr, 1, 1, 1, 64, 1, 1, 0, nullptr, params, nullptr), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(fake_cuda_launch_count(), 2U);
}

TEST_F(DriverTest, FaultsStayWithTheContext) {
    ASSERT_EQ(cuMemFree_v2(x), CUDA_SUCCESS);
    EXPECT_EQ(launch(0), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_NE(last_error().find("kernel add, block (0, 0, 0), thread (0, 0, 0)"), std::string::npos) << last_error();
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
    CUcontext other = nullptr;
    ASSERT_EQ(cuCtxCreate_v2(&other, 0, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
}

TEST_F(DriverTest, WhatBelongsToAnotherContext) {
    CUcontext other = nullptr;
    ASSERT_EQ(cuCtxCreate_v2(&other, 0, 0), CUDA_SUCCESS);
    EXPECT_EQ(launch(0), CUDA_ERROR_INVALID_HANDLE);  // the function
    EXPECT_EQ(cuMemFree_v2(x), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuMemcpyHtoD_v2(x, values, 16), CUDA_ERROR_INVALID_VALUE);
    CUmodule here = nullptr;
    ASSERT_EQ(cuModuleLoadData(&here, add_source), CUDA_SUCCESS);
    ASSERT_EQ(cuModuleGetFunction(&add, here, "add"), CUDA_SUCCESS);
    EXPECT_EQ(launch(0, 4, 16, stream), CUDA_ERROR_INVALID_HANDLE);  // the stream
    EXPECT_EQ(launch(0), CUDA_ERROR_ILLEGAL_ADDRESS);                // the memory
    CUcontext of_stream = nullptr;
    EXPECT_EQ(cuStreamGetCtx(stream, &of_stream), CUDA_SUCCESS);
    EXPECT_EQ(of_stream, context);
}

TEST_F(DriverTest, PrimaryContexts) {
    setenv("AXNORM_FAKE_CUDA_DEVICES", "2", 1);
    setenv("AXNORM_FAKE_CUDA_CAPABILITY", "8.6", 1);
    fake_cuda_reset();
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_NOT_INITIALIZED);
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
    int count = 0, major = 0, shared = 0;
    EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
    EXPECT_EQ(count, 2);
    EXPECT_EQ(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 1), CUDA_SUCCESS);
    EXPECT_EQ(cuDeviceGetAttribute(&shared, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 1), CUDA_SUCCESS);
    EXPECT_EQ(major, 8);
    EXPECT_EQ(shared, 101376);
    fake_cuda_limit_shared(1, 50000);
    EXPECT_EQ(cuDeviceGetAttribute(&shared, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 1), CUDA_SUCCESS);
    EXPECT_EQ(shared, 50000);
    EXPECT_EQ(cuDeviceGetAttribute(&shared, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 0), CUDA_SUCCESS);
    EXPECT_EQ(shared, 101376);
    CUdevice device = 0;
    EXPECT_EQ(cuDeviceGet(&device, 2), CUDA_ERROR_INVALID_DEVICE);

    CUcontext first = nullptr, again = nullptr;
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&first, 1), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&again, 1), CUDA_SUCCESS);
    EXPECT_EQ(first, again);
    unsigned long long id = 0, next = 0;
    EXPECT_EQ(cuCtxGetId(first, &id), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxPushCurrent_v2(first), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxGetDevice(&device), CUDA_SUCCESS);
    EXPECT_EQ(device, 1);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(1), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(1), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    EXPECT_EQ(cuDevicePrimaryCtxRelease_v2(1), CUDA_ERROR_INVALID_CONTEXT);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&again, 1), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxGetId(again, &next), CUDA_SUCCESS);
    EXPECT_NE(id, next);
}

TEST_F(DriverTest, ContextsAreOfAThread) {
    CUcontext current = context;
    std::thread([&] { EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS); }).join();
    EXPECT_EQ(current, nullptr);
    EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS);
    EXPECT_EQ(current, context);
    EXPECT_EQ(cuCtxPopCurrent_v2(&current), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxPopCurrent_v2(&current), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxDestroy_v2(context), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSetCurrent(context), CUDA_ERROR_CONTEXT_IS_DESTROYED);
    EXPECT_EQ(fake_cuda_live_contexts() + fake_cuda_live_modules() + fake_cuda_live_allocations(), 0U);
}

TEST_F(DriverTest, StreamsAreNumbered) {
    unsigned long long id = 0, next = 0;
    EXPECT_EQ(cuStreamGetId(stream, &id), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamDestroy_v2(stream), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamGetId(stream, &next), CUDA_ERROR_INVALID_HANDLE);
    CUstream other = nullptr, again = nullptr;
    ASSERT_EQ(cuStreamCreate(&other, 0), CUDA_SUCCESS);
    EXPECT_NE(other, stream);
    fake_cuda_reuse_streams(1);
    ASSERT_EQ(cuStreamCreate(&again, 0), CUDA_SUCCESS);
    EXPECT_EQ(again, stream);
    EXPECT_EQ(cuStreamGetId(again, &next), CUDA_SUCCESS);
    EXPECT_NE(id, next);
}

TEST_F(DriverTest, Modules) {
    char log[256] = "before";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void *settings[] = {log, reinterpret_cast<void *>(sizeof log)};
    CUmodule other = nullptr;
    const char *const wrong = ".version 7.0\n.target sm_80\n.address_size 64\n.entry k() {\n frobnicate.b32;\n}\n";
    EXPECT_EQ(cuModuleLoadDataEx(&other, wrong, 2, options, settings), CUDA_ERROR_INVALID_PTX);
    EXPECT_STREQ(log, "line 5: the instruction 'frobnicate.b32' is not known");
    EXPECT_EQ(cuModuleLoadDataEx(&other, ".version 9.0\n.target sm_80\n.address_size 64\n", 0, nullptr, nullptr),
              CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
    EXPECT_EQ(cuModuleLoadDataEx(&other, ".version 7.0\n.target sm_120\n.address_size 64\n", 0, nullptr, nullptr),
              CUDA_ERROR_INVALID_PTX);
    EXPECT_EQ(cuModuleLoadDataEx(&other, "\177ELF", 0, nullptr, nullptr), CUDA_ERROR_INVALID_IMAGE);
    EXPECT_EQ(cuModuleGetFunction(&add, module, "subtract"), CUDA_ERROR_NOT_FOUND);
    CUdeviceptr answer = 0;
    std::size_t bytes = 0;
    ASSERT_EQ(cuModuleGetGlobal_v2(&answer, &bytes, module, "answer"), CUDA_SUCCESS);
    unsigned value = 0;
    EXPECT_EQ(cuMemcpyDtoH_v2(&value, answer, bytes), CUDA_SUCCESS);
    EXPECT_EQ(value, 42U);
    int most = 0;
    EXPECT_EQ(cuFuncGetAttribute(&most, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, add), CUDA_SUCCESS);
    EXPECT_EQ(most, 256);
    EXPECT_EQ(cuModuleUnload(module), CUDA_SUCCESS);
    EXPECT_EQ(launch(0), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(fake_cuda_live_modules(), 0U);
}

TEST_F(DriverTest, NamesOfErrors) {
    const char *text = nullptr;
    EXPECT_EQ(cuGetErrorName(CUDA_ERROR_INVALID_PTX, &text), CUDA_SUCCESS);
    EXPECT_STREQ(text, "CUDA_ERROR_INVALID_PTX");
    EXPECT_EQ(cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &text), CUDA_SUCCESS);
    EXPECT_STREQ(text, "out of memory");
    EXPECT_EQ(cuGetErrorName(static_cast<CUresult>(12345), &text), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(text, nullptr);
}

}  // namespace
}  // namespace axnorm::fake_cuda::test

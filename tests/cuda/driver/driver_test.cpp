// The functions of the driver, from contexts to graphs, and the hooks of tests.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "cuda_api.h"
#include "fake_cuda.h"

namespace axnorm::fake_cuda::test {
namespace {

// y[k] = x[k] + a for the threads of a block, through shared memory that the launch sizes.
const char *const add_source = R"(.version 7.0
.target sm_80
.address_size 64
.global .align 4 .u32 answer = 42;
.visible .entry add(.param .u64 .ptr .align 1 y, .param .u64 x, .param .f32 a) .maxntid 256, 1, 1
{
    .reg .b32 %r<9>; .reg .b64 %d<9>;
    ld.param.b64 %d0, [y]; ld.param.b64 %d1, [x]; ld.param.f32 %r0, [a];
    mov.u32 %r1, %tid.x; mul.wide.u32 %d2, %r1, 4; add.s64 %d0, %d0, %d2; add.s64 %d1, %d1, %d2;
    ld.global.f32 %r2, [%d1]; st.shared.f32 [%d2], %r2; bar.sync 0; ld.shared.f32 %r2, [%d2];
    add.f32 %r2, %r2, %r0; st.global.f32 [%d0], %r2; ret;
}
.visible .entry fixed(.param .u64 y) .reqntid 64 { ret; }
)";

class DriverTest : public testing::Test {
  protected:
    void SetUp() override {
        fake_cuda_reset();
        ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
        ASSERT_EQ(cuCtxCreate_v2(&context, 0, 0), CUDA_SUCCESS);
        ASSERT_EQ(cuModuleLoadData(&module, add_source), CUDA_SUCCESS);
        ASSERT_EQ(cuModuleGetFunction(&add, module, "add"), CUDA_SUCCESS);
        ASSERT_EQ(cuMemAlloc_v2(&x, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuMemAlloc_v2(&y, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuMemcpyHtoD_v2(x, values, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
    }
    void TearDown() override {
        for (const char *const name : {"DEVICES", "CAPABILITY", "DRIVER_VERSION", "RACES", "EXITED_LANES"}) {
            unsetenv((std::string("AXNORM_FAKE_CUDA_") + name).c_str());
        }
        fake_cuda_reset();
    }

    CUresult launch(float a, unsigned threads = 4, unsigned shared = 16, CUstream in = nullptr, unsigned blocks = 1) {
        void *params[] = {&y, &x, &a};
        return cuLaunchKernel(add, blocks, 1, 1, threads, 1, 1, shared, in, params, nullptr);
    }
    float first_result() const {
        float result[4] = {};
        EXPECT_EQ(cuMemcpyDtoH_v2(result, y, sizeof result), CUDA_SUCCESS);
        return result[0];
    }
    static std::string last_error() {
        char text[512];
        fake_cuda_last_error(text, sizeof text);
        return text;
    }

    float values[4] = {1, 2, 3, 4};
    CUcontext context = nullptr;
    CUmodule module = nullptr;
    CUfunction add = nullptr;
    CUdeviceptr x = 0, y = 0;
    CUstream stream = nullptr;
};

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

TEST_F(DriverTest, GraphsRunWhenTheyAreLaunched) {
    ASSERT_EQ(cuMemsetD8_v2(y, 0, 16), CUDA_SUCCESS);
    ASSERT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
    CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
    EXPECT_EQ(cuStreamIsCapturing(stream, &status), CUDA_SUCCESS);
    EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
    EXPECT_EQ(cuStreamIsCapturing(nullptr, &status), CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    ASSERT_EQ(launch(5, 4, 16, stream), CUDA_SUCCESS);  // the 5 is a copy: the argument is gone
    CUmodule loaded = nullptr;
    EXPECT_EQ(cuModuleLoadData(&loaded, add_source), CUDA_SUCCESS);
    EXPECT_EQ(fake_cuda_call_count_while_capturing("cuModuleLoadData"), 1U);
    CUgraph graph = nullptr;
    CUgraphExec exec = nullptr;
    ASSERT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
    EXPECT_EQ(first_result(), 0);
    ASSERT_EQ(cuGraphInstantiateWithFlags(&exec, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphLaunch(exec, stream), CUDA_SUCCESS);
    EXPECT_EQ(first_result(), 6);
    EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(exec, stream), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(DriverTest, CapturesForbidMuch) {
    const auto capture_and = [&](const char *name, CUstreamCaptureMode mode, const std::function<CUresult()> &action) {
        EXPECT_EQ(cuStreamBeginCapture_v2(stream, mode), CUDA_SUCCESS) << name;
        const CUresult result = action();
        CUgraph graph = nullptr;
        const CUresult end = cuStreamEndCapture(stream, &graph);
        EXPECT_EQ(end, result == CUDA_SUCCESS ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_INVALIDATED) << name;
        return result;
    };
    CUdeviceptr more = 0;
    CUmodule loaded = nullptr;
    float out[4];
    const auto allocate = [&] { return cuMemAlloc_v2(&more, 64); };
    const auto load = [&] { return cuModuleLoadData(&loaded, add_source); };
    const auto modes = {CU_STREAM_CAPTURE_MODE_GLOBAL, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL,
                        CU_STREAM_CAPTURE_MODE_RELAXED};
    for (const CUstreamCaptureMode mode : modes) {
        const CUresult unsafe =
            mode == CU_STREAM_CAPTURE_MODE_RELAXED ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        EXPECT_EQ(capture_and("cuMemAlloc", mode, allocate), unsafe) << mode;
        EXPECT_EQ(capture_and("cuModuleLoadData", mode, load), unsafe) << mode;
        EXPECT_EQ(capture_and("copy", mode, [&] { return cuMemcpyDtoH_v2(out, y, 16); }),
                  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        EXPECT_EQ(capture_and("context", mode, [] { return cuCtxSynchronize(); }),
                  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        EXPECT_EQ(capture_and("stream", mode, [&] { return cuStreamSynchronize(stream); }),
                  CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        EXPECT_EQ(capture_and("legacy", mode, [&] { return launch(1); }), CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    }
    CUgraph graph = nullptr;
    EXPECT_EQ(cuStreamEndCapture(stream, &graph), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
    EXPECT_EQ(cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    EXPECT_EQ(launch(1), CUDA_SUCCESS);
}

TEST_F(DriverTest, CapturesOfThreads) {
    ASSERT_EQ(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
    CUgraph graph = nullptr;
    std::thread([&] {
        CUdeviceptr more = 0;
        EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
        EXPECT_EQ(cuMemAlloc_v2(&more, 64), CUDA_SUCCESS);
        EXPECT_EQ(cuStreamEndCapture(stream, &graph), CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    }).join();
    EXPECT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
}

TEST_F(DriverTest, CallsAreCountedAndFail) {
    fake_cuda_reset_log();
    fake_cuda_fail("cuMemAlloc_v2", 2, CUDA_ERROR_OUT_OF_MEMORY);
    CUdeviceptr more = 0;
    EXPECT_EQ(cuMemAlloc_v2(&more, 16), CUDA_SUCCESS);
    EXPECT_EQ(cuMemAlloc_v2(&more, 16), CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(cuMemAlloc_v2(&more, 16), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    EXPECT_EQ(fake_cuda_call_count("cuMemAlloc_v2"), 3U);
    EXPECT_EQ(fake_cuda_call_count(nullptr), 4U);
    EXPECT_EQ(fake_cuda_live_allocations(), 4U);
    char calls[128];
    EXPECT_EQ(fake_cuda_calls(calls, sizeof calls), 59U);
    EXPECT_STREQ(calls, "cuMemAlloc_v2\ncuMemAlloc_v2\ncuMemAlloc_v2\ncuCtxSynchronize\n");
}

TEST_F(DriverTest, Events) {
    CUevent begin = nullptr, end = nullptr;
    ASSERT_EQ(cuEventCreate(&begin, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuEventCreate(&end, 0), CUDA_SUCCESS);
    float milliseconds = -1;
    EXPECT_EQ(cuEventRecord(begin, stream), CUDA_SUCCESS);
    EXPECT_EQ(cuEventElapsedTime(&milliseconds, begin, end), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_EQ(launch(0, 4, 16, stream), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(end, stream), CUDA_SUCCESS);
    EXPECT_EQ(cuEventSynchronize(end), CUDA_SUCCESS);
    EXPECT_EQ(cuEventElapsedTime(&milliseconds, begin, end), CUDA_SUCCESS);
    EXPECT_GT(milliseconds, 0);
}

TEST_F(DriverTest, ManyThreadsLaunch) {
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k) {
        threads.emplace_back([&] {
            EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
            for (int n = 0; n < 100; ++n) {
                EXPECT_EQ(launch(1), CUDA_SUCCESS);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(fake_cuda_launch_count(), 400U);
    EXPECT_EQ(first_result(), 2);
}

}  // namespace
}  // namespace axnorm::fake_cuda::test

// Captures, graphs and events, and the hooks of tests.
#include <functional>
#include <thread>
#include <vector>

#include "driver_fixture.h"

namespace axnorm::fake_cuda::test {
namespace {

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

TEST_F(DriverTest, ModesOfThreads) {
    constexpr auto global = CU_STREAM_CAPTURE_MODE_GLOBAL, thread_local_mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL,
                   relaxed = CU_STREAM_CAPTURE_MODE_RELAXED;
    // Allocates on a thread of this mode while this one captures, and says whether that ends well.
    const auto allocates = [&](CUstreamCaptureMode mode, CUstreamCaptureMode of_capture, bool elsewhere) {
        EXPECT_EQ(cuStreamBeginCapture_v2(stream, of_capture), CUDA_SUCCESS);
        CUresult result = CUDA_SUCCESS;
        const auto allocate = [&] {
            CUdeviceptr more = 0;
            EXPECT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
            EXPECT_EQ(cuThreadExchangeStreamCaptureMode(&mode), CUDA_SUCCESS);
            EXPECT_EQ(mode, global) << "not what was before";
            result = cuMemAlloc_v2(&more, 64);
            EXPECT_EQ(cuThreadExchangeStreamCaptureMode(&mode), CUDA_SUCCESS);
        };
        elsewhere ? std::thread(allocate).join() : allocate();
        CUgraph graph = nullptr;
        EXPECT_EQ(cuStreamEndCapture(stream, &graph) == CUDA_SUCCESS, result == CUDA_SUCCESS);
        return result == CUDA_SUCCESS;
    };
    for (const bool elsewhere : {false, true}) {
        EXPECT_FALSE(allocates(global, global, elsewhere));
        EXPECT_EQ(allocates(global, thread_local_mode, elsewhere), elsewhere);
        EXPECT_EQ(allocates(thread_local_mode, global, elsewhere), elsewhere);
        EXPECT_TRUE(allocates(relaxed, global, elsewhere));
    }
    auto none = static_cast<CUstreamCaptureMode>(3);
    EXPECT_EQ(cuThreadExchangeStreamCaptureMode(&none), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuThreadExchangeStreamCaptureMode(nullptr), CUDA_ERROR_INVALID_VALUE);
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

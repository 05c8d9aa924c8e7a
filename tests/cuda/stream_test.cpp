// Streams and graphs: a call goes to the stream that it is given, and may be captured once its kernels are loaded.
#include <gtest/gtest.h>

#include "columns_call.h"
#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

// cuda.h's CUstreamCaptureMode.
constexpr int capture_global = 0, capture_thread_local = 1, capture_relaxed = 2;

TEST(Stream, OfTheCaller) {
    const PrimaryContext context(0);
    const RowsCall call;
    const OwnStream stream;
    call.run(stream.handle());
    stream.synchronize();
    EXPECT_EQ(call.y(), RowsCall::expected());
}

TEST(Stream, DefaultOnes) {
    const PrimaryContext context(0);
    for (const std::uintptr_t handle : {0U, 1U, 2U}) {  // nullptr, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD
        const RowsCall call;
        call.run(reinterpret_cast<void *>(handle));
        EXPECT_EQ(call.y(), RowsCall::expected());
    }
}

class Capture : public testing::TestWithParam<int> {};

TEST_P(Capture, OfACallWhoseKernelsAreLoaded) {
    const PrimaryContext context(0);
    const RowsCall loading, call;
    const OwnStream stream;
    loading.run();
    expect_success(driver_api().cuStreamBeginCapture(stream.handle(), GetParam()), "cuStreamBeginCapture");
    call.run(stream.handle());
    void *graph = nullptr, *executable = nullptr;
    expect_success(driver_api().cuStreamEndCapture(stream.handle(), &graph), "cuStreamEndCapture");
    EXPECT_EQ(call.y(), RowsCall::untouched());
    expect_success(driver_api().cuGraphInstantiateWithFlags(&executable, graph, 0), "cuGraphInstantiateWithFlags");
    expect_success(driver_api().cuGraphLaunch(executable, stream.handle()), "cuGraphLaunch");
    stream.synchronize();
    EXPECT_EQ(call.y(), RowsCall::expected());
    driver_api().cuGraphExecDestroy(executable);
    driver_api().cuGraphDestroy(graph);
}

TEST_P(Capture, BeforeKernelsAreLoadedIsRefused) {
    const OwnContext context(0);  // nothing is loaded there
    const RowsCall call;
    const OwnStream stream;
    expect_success(driver_api().cuStreamBeginCapture(stream.handle(), GetParam()), "cuStreamBeginCapture");
    const std::string error = error_of([&] { call.run(stream.handle()); });
    EXPECT_TRUE(contains(error, "being captured") && contains(error, "before the capture")) << error;
    void *graph = nullptr;
    EXPECT_EQ(driver_api().cuStreamEndCapture(stream.handle(), &graph), 0) << "the capture is not harmed";
    driver_api().cuGraphDestroy(graph);
}

// A call that is the first in its context loads a module and allocates a workspace: not at the expense of others.
TEST_P(Capture, OfAnotherStreamIsNotHarmed) {
    const OwnContext context(0);
    const ColumnsCall call;
    const OwnStream captured, stream;
    expect_success(driver_api().cuStreamBeginCapture(captured.handle(), GetParam()), "cuStreamBeginCapture");
    const std::string error = error_of([&] { call.run(stream.handle()); });
    void *graph = nullptr;
    EXPECT_EQ(driver_api().cuStreamEndCapture(captured.handle(), &graph), 0) << "the capture is not harmed";
    EXPECT_EQ(error, "");
    EXPECT_EQ(call.y(), call.expected());
    driver_api().cuGraphDestroy(graph);
}

// The thread may not do more than before.
TEST_P(Capture, IsAsStrictAfterACall) {
    const OwnContext context(0);
    const ColumnsCall call;
    const OwnStream captured;
    call.run();
    expect_success(driver_api().cuStreamBeginCapture(captured.handle(), GetParam()), "cuStreamBeginCapture");
    std::uint64_t address = 0;
    EXPECT_EQ(driver_api().cuMemAlloc(&address, 64) == 0, GetParam() == capture_relaxed);
    void *graph = nullptr;
    driver_api().cuStreamEndCapture(captured.handle(), &graph);
    driver_api().cuGraphDestroy(graph);
}

INSTANTIATE_TEST_SUITE_P(Modes, Capture, testing::Values(capture_global, capture_thread_local, capture_relaxed));

}  // namespace
}  // namespace axnorm::test

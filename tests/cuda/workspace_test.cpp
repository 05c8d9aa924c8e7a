// Device memory that kernels work in: where the caller gives it, and where it is kept for a stream.
#include <gtest/gtest.h>

#include <algorithm>

#include "columns_call.h"
#include "recorder.h"

namespace axnorm::test {
namespace {

using Names = std::vector<std::string>;

std::int64_t count_of(const char *name) {
    const Names names = calls();
    return std::ranges::count(names, name);
}

// Bytes in device memory that begin as 0xa5.
class Marked {
  public:
    explicit Marked(std::size_t bytes) : memory_(bytes), count_(bytes) {
        memory_.write(std::vector<unsigned char>(bytes, mark).data(), bytes);
    }
    Workspace workspace(std::size_t bytes, std::size_t offset = 0) const {
        return {static_cast<char *>(memory_.data()) + offset, bytes};
    }
    // The last byte that was written, and one.
    std::size_t end_of_use() const {
        std::vector<unsigned char> bytes(count_);
        memory_.read(bytes.data(), count_);
        while (!bytes.empty() && bytes.back() == mark) {
            bytes.pop_back();
        }
        return bytes.size();
    }

  private:
    static constexpr unsigned char mark = 0xa5;
    DeviceMemory memory_;
    std::size_t count_;
};

// Of the stand-in, which says what was called. Nothing is kept in the context yet.
class Recorded : public testing::Test {
  protected:
    void SetUp() override {
        if (!is_stand_in()) {
            GTEST_SKIP() << "only the stand-in driver says what was called";
        }
        context_ = std::make_unique<const OwnContext>(0);
    }

  private:
    std::unique_ptr<const OwnContext> context_;
};

TEST(GivenWorkspace, IsUsedAsFarAsItWasAskedFor) {
    const OwnContext context(0);
    const ColumnsCall call;
    const std::size_t needed = call.workspace_size();
    ASSERT_EQ(needed, call.expected_size());
    for (const std::size_t more : {0U, 1U, 4096U}) {
        const Marked marked(needed + 8192);
        call.run(nullptr, marked.workspace(needed + more));
        EXPECT_EQ(call.y(), call.expected());
        EXPECT_EQ(marked.end_of_use(), 768U + 2 * 40 * sizeof(float)) << "the last piece is not where it was counted";
    }
}

using GivenWorkspaceCalls = Recorded;

TEST_F(GivenWorkspaceCalls, AllocateNothing) {
    const ColumnsCall call;
    const Marked marked(4096);
    const OwnStream stream;
    clear_calls();
    call.run(stream.handle(), marked.workspace(4096));
    EXPECT_EQ(count_of("cuMemAlloc_v2"), 0);
    clear_calls();
    call.run(stream.handle(), marked.workspace(4096));
    EXPECT_EQ(calls(), (Names{"cuCtxGetCurrent", "cuCtxGetId", "cuLaunchKernel", "cuLaunchKernel", "cuLaunchKernel"}));
}

// Where none is needed it is not looked at.
TEST(GivenWorkspace, OfACallThatNeedsNone) {
    const PrimaryContext context(0);
    const RowsCall call;
    Options options = call.options();
    options.workspace = {reinterpret_cast<void *>(8), 1};
    call.run(options);
    EXPECT_EQ(call.y(), RowsCall::expected());
}

// The parts of a call use the same memory one after the other.
TEST(GivenWorkspace, OfPartsOfACall) {
    const OwnContext context(0);
    constexpr std::int64_t batches = 70000;
    std::vector<float> values(4 * batches), expected;
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(i % 1009);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        expected.push_back(2 * values[i] + values[i ^ 2]);
    }
    const DeviceArray x(values), y(std::vector<float>(values.size(), -1));
    const std::size_t needed = workspace_of_columns(batches / 2, 2);
    const Marked marked(needed + 4096);
    Options options;
    options.workspace = marked.workspace(needed);
    normalize<"b h c -> b c">(on_device(x.data(), {batches, 2, 2}), out_on_device(y.data(), {batches, 2, 2}), options);
    EXPECT_EQ(y.get(), expected);
    EXPECT_LE(marked.end_of_use(), needed);
}

class RefusedWorkspace : public testing::Test {
  protected:
    // Nothing is launched, and the call is told both sizes.
    void expect_refusal(Workspace workspace, const std::string &words) {
        if (is_stand_in()) {
            clear_calls();
        }
        ErrorCode code{};
        const std::string error = error_of([&] { call_.run(nullptr, workspace); }, &code);
        EXPECT_TRUE(contains(error, words)) << error;
        EXPECT_TRUE(contains(error, "b h c -> b c")) << error;
        EXPECT_EQ(code, ErrorCode::argument);
        if (is_stand_in()) {
            EXPECT_EQ(calls(), Names{});
        }
        EXPECT_EQ(call_.y(), call_.untouched());
    }
    const ColumnsCall &call() const { return call_; }

  private:
    const PrimaryContext context_{0};
    const ColumnsCall call_;
};

TEST_F(RefusedWorkspace, TooSmall) {
    const Marked marked(4096);
    const std::string needs = "kernel columns_split needs a workspace of 1280 bytes; the one that is given has ";
    expect_refusal(marked.workspace(1279), needs + "1279");
    expect_refusal(marked.workspace(0), needs + "0");
    expect_refusal({nullptr, 4096}, needs + "4096 at a null pointer");
    EXPECT_EQ(marked.end_of_use(), 0U);
}

TEST_F(RefusedWorkspace, Misaligned) {
    const Marked marked(4096);
    expect_refusal(marked.workspace(2048, 128),
                   "needs a workspace of 1280 bytes; the one that is given has 2048 and does not begin at a multiple "
                   "of 256 bytes");
}

TEST_F(RefusedWorkspace, OverATensor) {
    const auto at = [](const ConstTensorView &tensor) { return Workspace{const_cast<void *>(tensor.data()), 1280}; };
    expect_refusal(at(call().x_view()), "the workspace overlaps x");
    expect_refusal(at(call().y_view()), "the workspace overlaps y");
}

TEST(RefusedWorkspaceOfTheCpu, IsTold) {
    std::vector<float> data(8);
    Options options;
    options.workspace = {data.data(), 100};
    const std::string error = error_of([&] {
        normalize<"b c -> b">(ConstTensorView(data.data(), {2, 4}), TensorView(data.data(), {2, 4}), options);
    });
    EXPECT_TRUE(contains(error, "a workspace of 100 bytes is given; calls on device cpu need 0 bytes")) << error;
}

using KeptWorkspace = Recorded;

TEST_F(KeptWorkspace, IsAllocatedOnce) {
    const ColumnsCall call;
    const OwnStream stream;
    clear_calls();
    for (int i = 0; i < 5; ++i) {
        call.run(stream.handle());
        EXPECT_EQ(call.y(), call.expected());
    }
    EXPECT_EQ(count_of("cuMemAlloc_v2"), 1);
    EXPECT_EQ(count_of("cuMemFree_v2"), 0);
}

TEST_F(KeptWorkspace, SteadyState) {
    const ColumnsCall call;
    const OwnStream stream;
    const Names launches{"cuLaunchKernel", "cuLaunchKernel", "cuLaunchKernel"};
    for (void *handle : {stream.handle(), static_cast<void *>(nullptr)}) {
        call.run(handle);
        clear_calls();
        call.run(handle);
        Names expected{"cuCtxGetCurrent", "cuCtxGetId"};
        if (handle != nullptr) {
            expected.emplace_back("cuStreamGetId");
        }
        expected.insert(expected.end(), launches.begin(), launches.end());
        EXPECT_EQ(calls(), expected);
    }
}

// At least twofold, so that the old ones together are no larger.
TEST_F(KeptWorkspace, Grows) {
    const ColumnsCall call(1, 40), larger(2, 50), twice(3, 80);
    call.run();
    const auto allocations_of = [](const ColumnsCall &of) {
        clear_calls();
        of.run();
        EXPECT_EQ(count_of("cuMemFree_v2"), 0);
        const std::int64_t allocations = count_of("cuMemAlloc_v2");
        EXPECT_EQ(of.y(), of.expected());
        return allocations;
    };
    EXPECT_EQ(allocations_of(larger), 1);
    EXPECT_EQ(allocations_of(twice), 0);
    EXPECT_EQ(allocations_of(call), 0);
    EXPECT_EQ(allocations_of(ColumnsCall(4, 400)), 1);
}

TEST_F(KeptWorkspace, IsReleased) {
    const OwnStream stream;
    const ColumnsCall call, larger(2, 400);
    call.run();
    larger.run();
    call.run(stream.handle());
    clear_calls();
    release_workspaces();
    EXPECT_EQ(count_of("cuMemFree_v2"), 3);
    EXPECT_EQ(count_of("cuCtxSynchronize"), 1);
    clear_calls();
    release_workspaces();
    EXPECT_EQ(count_of("cuMemFree_v2"), 0);
    call.run();
    EXPECT_EQ(count_of("cuMemAlloc_v2"), 1);
    EXPECT_EQ(call.y(), call.expected());
}

TEST_F(KeptWorkspace, IsReleasedOfADeviceThatHasSome) {
    const ColumnsCall call;
    call.run();
    clear_calls();
    release_workspaces(99);
    EXPECT_EQ(calls(), Names{});
}

// The capture of a stream of another context ends well.
TEST_F(KeptWorkspace, IsReleasedBesideACapture) {
    const OwnStream captured;
    const OwnContext context(0);
    const ColumnsCall call;
    call.run();
    expect_success(driver_api().cuStreamBeginCapture(captured.handle(), 0), "cuStreamBeginCapture");
    clear_calls();
    release_workspaces();
    EXPECT_EQ(count_of("cuMemFree_v2"), 1);
    void *graph = nullptr;
    EXPECT_EQ(driver_api().cuStreamEndCapture(captured.handle(), &graph), 0) << "the capture is not harmed";
    driver_api().cuGraphDestroy(graph);
}

TEST_F(KeptWorkspace, WhereThereIsNoMemory) {
    const ColumnsCall call;
    fail_next("cuMemAlloc_v2", 2);
    ErrorCode code{};
    const std::string error = error_of([&] { call.run(); }, &code);
    EXPECT_TRUE(contains(error, "cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (out of memory) for a workspace of 1280 bytes"))
        << error;
    EXPECT_EQ(code, ErrorCode::device);
    EXPECT_EQ(call.y(), call.untouched());
    call.run();
    EXPECT_EQ(call.y(), call.expected());
}

// The kernel's host code goes on: it frees what it was given, and what it was not.
TEST_F(KeptWorkspace, AfterAFailureOfALaunch) {
    const ColumnsCall call;
    call.run();
    const ColumnsCall fresh(5);
    fail_next("cuLaunchKernel", 1);
    const std::string error = error_of([&] { fresh.run(); });
    EXPECT_TRUE(contains(error, "kernel columns_split on cuda:0: cuLaunchKernel: CUDA_ERROR_INVALID_VALUE")) << error;
    EXPECT_EQ(fresh.y(), fresh.untouched());
    fresh.run();
    EXPECT_EQ(fresh.y(), fresh.expected());
}

}  // namespace
}  // namespace axnorm::test

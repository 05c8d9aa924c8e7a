// What the driver reports becomes an Error that names the call; afterwards everything is as before.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

class DeviceErrors : public testing::Test {
  protected:
    void SetUp() override {
        if (!is_stand_in()) {
            GTEST_SKIP() << "only the stand-in driver fails where it is told to";
        }
    }

    // The call fails with these words, and the same call succeeds afterwards.
    static void expect_failure(const RowsCall &call, const char *function, int result, const std::string &words) {
        void *const before = current_context();
        fail_next(function, result);
        ErrorCode code{};
        const std::string error = error_of([&] { call.run(); }, &code);
        EXPECT_TRUE(contains(error, words)) << error;
        EXPECT_EQ(code, ErrorCode::device);
        EXPECT_EQ(current_context(), before);
        EXPECT_EQ(call.y(), RowsCall::untouched());
    }
};

TEST_F(DeviceErrors, NameTheCallAndTheKernel) {
    const PrimaryContext context(0);
    const RowsCall call;
    call.run(call.options());
    const RowsCall fresh;
    expect_failure(fresh, "cuLaunchKernel", 1, "cuLaunchKernel: CUDA_ERROR_INVALID_VALUE (");
    expect_failure(fresh, "cuLaunchKernel", 701,
                   "kernel rows_1024 on cuda:0: cuLaunchKernel: CUDA_ERROR_LAUNCH_OUT_OF");
    expect_failure(fresh, "cuCtxGetCurrent", 4, "cuCtxGetCurrent: CUDA_ERROR_DEINITIALIZED");
    fresh.run();
    EXPECT_EQ(fresh.y(), RowsCall::expected());
}

TEST_F(DeviceErrors, OfLoadingAreNotKept) {
    const OwnContext context(0);  // nothing is loaded there
    const RowsCall call;
    expect_failure(call, "cuModuleLoadDataEx", 218, "cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX");
    expect_failure(call, "cuModuleGetFunction", 500, "cuModuleGetFunction: CUDA_ERROR_NOT_FOUND");
    call.run();
    EXPECT_EQ(call.y(), RowsCall::expected());
}

TEST_F(DeviceErrors, LeaveTheStackOfContextsAlone) {
    std::unique_ptr<const RowsCall> call;
    {
        const PrimaryContext context(0);
        call = std::make_unique<const RowsCall>();
    }
    ASSERT_EQ(current_context(), nullptr);
    expect_failure(*call, "cuLaunchKernel", 1, "CUDA_ERROR_INVALID_VALUE");
    expect_failure(*call, "cuCtxGetId", 709, "cuCtxGetId: CUDA_ERROR_CONTEXT_IS_DESTROYED");
    call->run();
    EXPECT_EQ(call->y(), RowsCall::expected());
}

TEST(DeviceIndex, ThatTheMachineLacks) {
    const PrimaryContext context(0);
    const RowsCall call;
    const int count = device_count();
    ErrorCode code{};
    const std::string error = error_of(
        [&] {
            normalize<"b c -> b">(on_device(reinterpret_cast<void *>(4096), {2, 4}, count),
                                  out_on_device(reinterpret_cast<void *>(8192), {2, 4}, count));
        },
        &code);
    EXPECT_TRUE(contains(error, "cuda:" + std::to_string(count)) && contains(error, "the CUDA driver has")) << error;
    EXPECT_EQ(code, ErrorCode::device);
}

}  // namespace
}  // namespace axnorm::test

// From its second call on, a call asks the driver which context is current and launches: nothing else.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

class SteadyState : public testing::Test {
  protected:
    void SetUp() override {
        if (!is_stand_in()) {
            GTEST_SKIP() << "only the stand-in driver says what was called";
        }
    }
};

using Names = std::vector<std::string>;

TEST_F(SteadyState, InACurrentContext) {
    const PrimaryContext context(0);
    const RowsCall call;
    call.run();
    clear_calls();
    call.run();
    EXPECT_EQ(calls(), (Names{"cuCtxGetCurrent", "cuCtxGetId", "cuLaunchKernel"}));
}

TEST_F(SteadyState, InAContextThatIsPushed) {
    const PrimaryContext kept(0);
    const RowsCall call;
    void *popped = nullptr;
    driver_api().cuCtxPopCurrent(&popped);
    call.run();
    clear_calls();
    call.run();
    const Names names = calls();
    driver_api().cuCtxPushCurrent(popped);
    EXPECT_EQ(names,
              (Names{"cuCtxGetCurrent", "cuCtxPushCurrent_v2", "cuCtxGetId", "cuLaunchKernel", "cuCtxPopCurrent_v2"}));
}

TEST_F(SteadyState, ModulesAreLoadedOnceAContext) {
    const OwnContext context(0);
    const RowsCall call;
    clear_calls();
    for (int i = 0; i < 3; ++i) {
        call.run();
    }
    const Names names = calls();
    EXPECT_EQ(std::ranges::count(names, "cuModuleLoadDataEx"), 1);
    EXPECT_EQ(std::ranges::count(names, "cuModuleGetFunction"), 1);
    EXPECT_EQ(std::ranges::count(names, "cuLaunchKernel"), 3);
    for (const char *never : {"cuMemAlloc_v2", "cuMemFree_v2", "cuMemcpyHtoD_v2", "cuMemcpyDtoH_v2", "cuCtxSynchronize",
                              "cuStreamSynchronize", "cuModuleUnload", "cuFuncSetAttribute"}) {
        EXPECT_EQ(std::ranges::count(names, never), 0) << never;
    }
}

}  // namespace
}  // namespace axnorm::test

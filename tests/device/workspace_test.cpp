// The workspaces of kernels that were compiled; tests/cuda has those of a kernel that is written by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "../cuda/driver_api.h"
#include "../cuda/recorder.h"
#include "backend.h"

namespace axnorm::test {
namespace {

// Rows of "b c -> b" that blocks share.
struct FewRows {
    Tensor x{{2, 70000}}, y{{2, 70000}}, mean{{2}};
    OnDevice memory;
    Options options;

    FewRows() {
        x.fill(normal(x.count(), 3, 2, 21));
        options.mean = memory.out(mean);
    }
    std::size_t workspace() { return workspace_size("b c -> b", "", memory.view(x), memory.out(y), options); }
    void run() {
        normalize("b c -> b", "", memory.view(x), memory.out(y), options);
        memory.fetch();
    }
};

// Five parts of 16384 elements, the last one of 4464, with three floats each; and the statistics, three floats a row.
TEST(DeviceWorkspace, HoldsMomentsAndStatistics) {
    EXPECT_EQ(FewRows().workspace(), 6U * 256);
}

TEST(DeviceWorkspace, AsLargeAsItIsSaidToBeIsEnough) {
    FewRows kept, given;
    kept.run();
    const std::size_t bytes = given.workspace();
    const DeviceMemory memory(bytes);
    given.options.workspace = {memory.data(), bytes};
    given.run();
    EXPECT_TRUE(same_bits(given.y.get(), kept.y.get()) && same_bits(given.mean.get(), kept.mean.get()));
    FewRows refused;
    refused.options.workspace = {memory.data(), bytes - 1};
    EXPECT_THROW(refused.run(), Error);
    refused.memory.fetch();
    EXPECT_TRUE(refused.y.untouched());
}

TEST(DeviceWorkspace, IsAllocatedOnce) {
    if (!is_stand_in()) {
        GTEST_SKIP() << "only the stand-in driver says what was called";
    }
    FewRows rows;
    rows.run();
    clear_calls();
    normalize("b c -> b", "", rows.memory.view(rows.x), rows.memory.out(rows.y), rows.options);
    EXPECT_EQ(calls(), (std::vector<std::string>{"cuCtxGetCurrent", "cuCtxGetId", "cuLaunchKernel", "cuLaunchKernel",
                                                 "cuLaunchKernel"}));
}

}  // namespace
}  // namespace axnorm::test

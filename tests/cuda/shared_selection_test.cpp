// Kernels that ask for more shared memory than every GPU has serve calls on those that have it: on others the next best
// kernel does. Which one it is, is settled when a call is planned.
#include <gtest/gtest.h>

#include <thread>

#include "recorder.h"
#include "rows_call.h"
#include "runtime/call/kernel_choice.h"

namespace axnorm::test {
namespace {

constexpr int asked = 110 * 1024;
const Extents long_rows{2, 25600};

class SharedSelection : public testing::Test {
  protected:
    void SetUp() override {
        if (!is_stand_in()) {
            GTEST_SKIP() << "only of the stand-in driver devices have what a test wants";
        }
        shared_bytes = asked;
    }
    void TearDown() override { shared_bytes = 0; }
};

std::string kernel_of(const Extents &shape, int device = 0) {
    void *const x = reinterpret_cast<void *>(0x10000000), *const y = reinterpret_cast<void *>(0x20000000);
    const ConstTensorView in = on_device(x, shape, device);
    const TensorView out = out_on_device(y, shape, device);
    const Options options;
    const Operands operands = operands_of(in, out, options);
    return std::string(select_kernel(make_layout(pattern<"b c -> b">, operands, {}), operands).name);
}

// The rows in the current context.
struct LongRows {
    DeviceArray x{std::vector<float>(2 * 25600, 1)}, y{std::vector<float>(2 * 25600, -1)};
    int device;

    explicit LongRows(int index = 0) : device(index) {}

    std::string kernel_of_call() const {
        normalize<"b c -> b">(on_device(x.data(), long_rows, device), out_on_device(y.data(), long_rows, device),
                              {.eps = 0.5});
        return seen().back().kernel;
    }
};

// As of compute capabilities 8.6, 8.0 and 9.0.
TEST_F(SharedSelection, GoesByTheDevice) {
    for (const int bytes : {101376, asked - 1}) {
        const SharedLimit limit(0, bytes);
        EXPECT_EQ(kernel_of(long_rows), "rows") << bytes;
    }
    for (const int bytes : {asked, 166912, 232448}) {
        const SharedLimit limit(0, bytes);
        EXPECT_EQ(kernel_of(long_rows), "rows_25600") << bytes;
    }
}

TEST_F(SharedSelection, IsOfLargeGroupsAlone) {
    const SharedLimit limit(0, 101376);
    clear_calls();
    EXPECT_EQ(kernel_of({2, 1024}), "rows_1024");
    EXPECT_EQ(kernel_of({2, 25601}), "rows");
    EXPECT_EQ(calls(), std::vector<std::string>{});
}

TEST_F(SharedSelection, WithoutAnAnswerKernelsFit) {
    const SharedLimit limit(0, 101376), of_none(99, 101376);  // a device that is not there
    EXPECT_EQ(kernel_of(long_rows, 99), "rows_25600");
    fail_next("cuDeviceGetAttribute", 999);
    EXPECT_EQ(kernel_of(long_rows), "rows_25600");
    EXPECT_EQ(kernel_of(long_rows), "rows");
}

TEST_F(SharedSelection, OfSeveralDevicesInOneThread) {
    if (device_count() < 2) {
        GTEST_SKIP() << "there is one device";
    }
    const SharedLimit limit(1, 101376);
    const PrimaryContext of_first(0);
    const LongRows first(0);
    const PrimaryContext of_second(1);
    const LongRows second(1);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(first.kernel_of_call(), "rows_25600");
        EXPECT_EQ(second.kernel_of_call(), "rows");
    }
}

TEST_F(SharedSelection, IsAskedForOnce) {
    const OwnContext context(0);
    const LongRows rows;
    EXPECT_EQ(rows.kernel_of_call(), "rows_25600");
    clear_calls();
    EXPECT_EQ(rows.kernel_of_call(), "rows_25600");
    EXPECT_EQ(calls(), (std::vector<std::string>{"cuCtxGetCurrent", "cuCtxGetId", "cuLaunchKernel"}));
}

// Where the driver did not answer, the call fails, and the next one asks again.
TEST_F(SharedSelection, OfACallThatFailedIsNotKept) {
    const SharedLimit limit(0, 101376);
    std::thread thread([] {  // with no call to remember
        const OwnContext context(0);
        const LongRows rows;
        EXPECT_EQ((workspace_size<"b c -> b">(on_device(rows.x.data(), long_rows),
                                              out_on_device(rows.y.data(), long_rows), {.eps = 0.5})),
                  0U);
        fail_next("cuDeviceGetAttribute", 999);
        const std::string error = error_of([&] { rows.kernel_of_call(); });
        EXPECT_TRUE(contains(error, "of shared memory in a block, the device has 101376")) << error;
        std::string kernel;
        EXPECT_EQ(error_of([&] { kernel = rows.kernel_of_call(); }), "");
        EXPECT_EQ(kernel, "rows");
    });
    thread.join();
}

}  // namespace
}  // namespace axnorm::test

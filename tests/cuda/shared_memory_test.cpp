// Kernels may ask for more shared memory than the driver gives unasked; not for more than the device has.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

// The kernels ask for this much, as long as it lives.
class SharedBytes {
  public:
    explicit SharedBytes(int bytes) { shared_bytes = bytes; }
    ~SharedBytes() { shared_bytes = 0; }
    SharedBytes(const SharedBytes &) = delete;
    SharedBytes &operator=(const SharedBytes &) = delete;
};

void expect_right_with(int bytes) {
    const SharedBytes asked(bytes);
    const RowsCall call;
    call.run();
    EXPECT_EQ(call.y(), RowsCall::expected()) << bytes;
}

TEST(SharedMemory, AsMuchAsKernelsAskFor) {
    const OwnContext context(0);
    for (const int kilobytes : {1, 48, 64, 96, 49, 99, 1}) {
        expect_right_with(kilobytes * 1024);
    }
}

TEST(SharedMemory, IsRaisedOnceForASize) {
    if (!is_stand_in()) {
        GTEST_SKIP() << "only the stand-in driver says what was called";
    }
    const OwnContext context(0);
    clear_calls();
    for (const int kilobytes : {16, 64, 64, 96, 64, 96}) {
        expect_right_with(kilobytes * 1024);
    }
    const std::vector<std::string> names = calls();
    EXPECT_EQ(std::ranges::count(names, "cuFuncSetAttribute"), 2);
}

TEST(SharedMemory, MoreThanTheDeviceHas) {
    const OwnContext context(0);
    const SharedBytes asked(1024 * 1024);
    const RowsCall call;
    ErrorCode code{};
    const std::string error = error_of([&] { call.run(); }, &code);
    EXPECT_TRUE(contains(error,
                         "kernel rows_1024 on cuda:0: it needs 1048576 bytes of shared memory in a block, the "
                         "device has "))
        << error;
    EXPECT_EQ(code, ErrorCode::device);
    EXPECT_EQ(call.y(), RowsCall::untouched());
}

}  // namespace
}  // namespace axnorm::test

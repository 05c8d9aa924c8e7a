// Which context a call runs in: the current one, or the one of the tensors' device; the stack of contexts stays.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

// A call whose tensors are in the primary context, which is not current any more. Others keep it alive.
std::unique_ptr<const RowsCall> call_in_primary(int device) {
    const PrimaryContext context(device);
    return std::make_unique<const RowsCall>(device);
}

void expect_right(const RowsCall &call) {
    EXPECT_EQ(call.y(), RowsCall::expected());
    EXPECT_EQ(call.rstd(), RowsCall::expected_rstd());
}

class Context : public testing::Test {
  protected:
    void SetUp() override { driver_api().cuDevicePrimaryCtxRetain(&kept_, 0); }
    void TearDown() override { driver_api().cuDevicePrimaryCtxRelease(0); }

  private:
    void *kept_ = nullptr;
};

TEST_F(Context, None) {
    const auto call = call_in_primary(0);
    ASSERT_EQ(current_context(), nullptr);
    for (int i = 0; i < 2; ++i) {
        call->run();
        EXPECT_EQ(current_context(), nullptr);
    }
    expect_right(*call);
}

TEST_F(Context, NoneWithAStream) {
    const auto call = call_in_primary(0);
    std::unique_ptr<const OwnStream> stream;
    {
        const PrimaryContext context(0);
        stream = std::make_unique<const OwnStream>();
    }
    call->run(stream->handle());
    EXPECT_EQ(current_context(), nullptr);
    expect_right(*call);
}

TEST_F(Context, Current) {
    const PrimaryContext context(0);
    const RowsCall call;
    call.run();
    EXPECT_EQ(current_context(), context.handle());
    expect_right(call);
}

TEST_F(Context, OfItsOwn) {
    const OwnContext context(0);
    const RowsCall call;
    for (int i = 0; i < 2; ++i) {
        call.run();
    }
    EXPECT_EQ(current_context(), context.handle());
    expect_right(call);
}

// A driver may give a new context the handle of one that was destroyed.
TEST_F(Context, ManyOneAfterTheOther) {
    for (int i = 0; i < 8; ++i) {
        const OwnContext context(0);
        const RowsCall call;
        call.run();
        expect_right(call);
    }
}

TEST_F(Context, OfAnotherDevice) {
    if (device_count() < 2) {
        GTEST_SKIP() << "there is one device";
    }
    const PrimaryContext other(1);
    const auto call = call_in_primary(0);
    for (int i = 0; i < 2; ++i) {
        call->run();
        EXPECT_EQ(current_context(), other.handle());
    }
    expect_right(*call);
    const RowsCall there(1);
    there.run();
    expect_right(there);
}

TEST_F(Context, OfAStreamOnAnotherDevice) {
    if (device_count() < 2) {
        GTEST_SKIP() << "there is one device";
    }
    const PrimaryContext other(1);
    const OwnStream stream;
    const auto call = call_in_primary(0);
    const std::string error = error_of([&] { call->run(stream.handle()); });
    EXPECT_TRUE(contains(error, "stream is of another device") && contains(error, "cuda:0")) << error;
    EXPECT_EQ(current_context(), other.handle());
    EXPECT_EQ(call->y(), RowsCall::untouched());
}

}  // namespace
}  // namespace axnorm::test

// Device tensors from C: kDLCUDA with its index and byte_offset, and the stream and the workspace of the options.
#include <axnorm.h>
#include <gtest/gtest.h>

#include "columns_call.h"
#include "recorder.h"

namespace axnorm::test {
namespace {

DLTensor tensor_of(void *data, std::vector<std::int64_t> &shape, int device = 0) {
    return {data, {kDLCUDA, device}, static_cast<int>(shape.size()), {kDLFloat, 32, 1}, shape.data(), nullptr, 0};
}

TEST(CDevice, StreamAndOffset) {
    const PrimaryContext context(0);
    const OwnStream stream;
    const DeviceArray x({9, 9, 1, 2, 3, 4}), y({-1, -1, -1, -1});
    std::vector<std::int64_t> shape = {2, 2};
    DLTensor in = tensor_of(x.data(), shape), out = tensor_of(y.data(), shape);
    in.byte_offset = 8;
    axnorm_options options = AXNORM_OPTIONS_INIT;
    options.eps = 2;
    options.stream = stream.handle();
    ASSERT_EQ(axnorm_normalize("b c -> b", nullptr, &in, &out, nullptr, 0, &options), AXNORM_OK) << axnorm_last_error();
    stream.synchronize();
    EXPECT_EQ(y.get(), (std::vector<float>{2, 4, 6, 8}));
}

TEST(CDevice, TensorsOfTwoDevices) {
    std::vector<std::int64_t> shape = {2, 2};
    DLTensor in = tensor_of(reinterpret_cast<void *>(4096), shape, 1),
             out = tensor_of(reinterpret_cast<void *>(8192), shape);
    EXPECT_EQ(axnorm_normalize("b c -> b", nullptr, &in, &out, nullptr, 0, nullptr), AXNORM_ERROR_UNSUPPORTED);
    EXPECT_TRUE(contains(axnorm_last_error(), "y is on device cuda:0, x is on device cuda:1")) << axnorm_last_error();
}

TEST(CDevice, ErrorsOfTheDriver) {
    const PrimaryContext context(0);
    std::vector<std::int64_t> shape = {2, 2};
    DLTensor in = tensor_of(reinterpret_cast<void *>(4096), shape, 1000),
             out = tensor_of(reinterpret_cast<void *>(8192), shape, 1000);
    EXPECT_EQ(axnorm_normalize("b c -> b", nullptr, &in, &out, nullptr, 0, nullptr), AXNORM_ERROR_DEVICE);
    EXPECT_TRUE(contains(axnorm_last_error(), "cuda:1000")) << axnorm_last_error();
}

TEST(CDevice, Workspace) {
    const OwnContext context(0);
    const ColumnsCall call;
    std::vector<std::int64_t> shape = {ColumnsCall::batches, ColumnsCall::rows, 40};
    const DLTensor in = tensor_of(const_cast<void *>(call.x_view().data()), shape);
    DLTensor out = tensor_of(call.y_view().data(), shape);
    axnorm_options options = AXNORM_OPTIONS_INIT;
    std::size_t size = 0;
    ASSERT_EQ(axnorm_workspace_size("b h c -> b c", nullptr, &in, &out, nullptr, 0, &options, &size), AXNORM_OK);
    EXPECT_EQ(size, call.expected_size());
    const DeviceMemory memory(size);
    const auto run = [&] { return axnorm_normalize("b h c -> b c", nullptr, &in, &out, nullptr, 0, &options); };
    options.workspace = memory.data();
    options.workspace_size = size - 1;
    EXPECT_EQ(run(), AXNORM_ERROR_ARGUMENT);
    EXPECT_TRUE(contains(axnorm_last_error(), "needs a workspace of 1280 bytes; the one that is given has 1279"));
    EXPECT_EQ(call.y(), call.untouched());
    options.workspace_size = size;
    EXPECT_EQ(run(), AXNORM_OK) << axnorm_last_error();
    EXPECT_EQ(call.y(), call.expected());
}

TEST(CDevice, KeptWorkspace) {
    const OwnContext context(0);
    const ColumnsCall call;
    std::vector<std::int64_t> shape = {ColumnsCall::batches, ColumnsCall::rows, 40};
    const DLTensor in = tensor_of(const_cast<void *>(call.x_view().data()), shape);
    DLTensor out = tensor_of(call.y_view().data(), shape);
    ASSERT_EQ(axnorm_normalize("b h c -> b c", nullptr, &in, &out, nullptr, 0, nullptr), AXNORM_OK);
    EXPECT_EQ(call.y(), call.expected());
    if (is_stand_in()) {
        clear_calls();
    }
    EXPECT_EQ(axnorm_release_workspaces(0), AXNORM_OK) << axnorm_last_error();
    if (is_stand_in()) {
        const std::vector<std::string> names = calls();
        EXPECT_EQ(std::ranges::count(names, "cuMemFree_v2"), 1);
    }
}

}  // namespace
}  // namespace axnorm::test

// Which kernel of a device serves a call: by device, dtypes, alignment and the length of groups. No driver is needed.
#include <gtest/gtest.h>

#include "kernels.h"
#include "rows_call.h"
#include "runtime/call/kernel_choice.h"

namespace axnorm::test {
namespace {

constexpr DType bf16 = DType::bfloat16;

void *address(std::uintptr_t value) {
    return reinterpret_cast<void *>(value);
}

// A call of "b c -> b" with params "c" in bfloat16, at addresses that nobody follows.
struct HalfCall {
    std::int64_t columns = 4096;
    std::uintptr_t x = 0x10000000, y = 0x20000000, scale = 0x30000000;
    std::int64_t x_stride = 4096, y_stride = 4096, scale_stride = 1;
    DType params = DType::float32;
    bool has_params = true;

    std::string kernel() const {
        const Extents shape = {16, columns};
        const ConstTensorView in(address(x), bf16, shape, Extents{x_stride, 1}, Device::cuda);
        const TensorView out(address(y), bf16, shape, Extents{y_stride, 1}, Device::cuda);
        Options options;
        if (has_params) {
            options.scale = {address(scale), params, {columns}, Extents{scale_stride}, Device::cuda};
        }
        const Operands operands = operands_of(in, out, options);
        const Layout layout = make_layout(pattern<"b c -> b", "c">, operands, {});
        return std::string(select_kernel(layout, operands).name);
    }
};

TEST(DeviceSelection, TheShortestGroupsThatFit) {
    EXPECT_EQ((HalfCall{.columns = 1001, .x_stride = 1001, .y_stride = 1001}.kernel()), "half_1024");
    EXPECT_EQ((HalfCall{.columns = 1024}.kernel()), "half_1024");
    EXPECT_EQ((HalfCall{.columns = 1025}.kernel()), "half_8192");
    EXPECT_EQ((HalfCall{.columns = 8193, .x_stride = 8193, .y_stride = 8193}.kernel()), "half");
}

TEST(DeviceSelection, AlignedKernelsWhereAllIsAligned) {
    EXPECT_EQ(HalfCall{}.kernel(), "half_8192_aligned");
    EXPECT_EQ((HalfCall{.x_stride = 4104}.kernel()), "half_8192_aligned");
    EXPECT_EQ((HalfCall{.has_params = false}.kernel()), "half_8192_aligned");
    for (const HalfCall &call :
         {HalfCall{.columns = 4090}, HalfCall{.x = 0x10000002}, HalfCall{.y = 0x20000008},
          HalfCall{.scale = 0x30000004}, HalfCall{.x_stride = 4100}, HalfCall{.y_stride = 4097}}) {
        EXPECT_EQ(call.kernel(), "half_8192");
    }
}

TEST(DeviceSelection, ParamsAsTheyAre) {
    EXPECT_EQ((HalfCall{.params = bf16}.kernel()), "half_8192_narrow_params");
    const std::string error = error_of([] { (HalfCall{.x = 0x10000002, .params = bf16}.kernel()); });
    EXPECT_TRUE(contains(error, "no linked kernel serves") &&
                contains(error, "mean_var of bfloat16 with params of bfloat16 on cuda; there are kR-8192."))
        << error;
}

TEST(DeviceSelection, ALimitIsOfAllReducedAxes) {
    const auto kernel_of = [](std::int64_t pixels) {
        const Extents shape = {2, 6, pixels};
        const ConstTensorView x(address(0x10000000), bf16, shape, {}, Device::cuda);
        const TensorView y(address(0x20000000), bf16, shape, {}, Device::cuda);
        Options options;
        options.scale = {address(0x30000000), DType::float32, {6}, {}, Device::cuda};
        const Operands operands = operands_of(x, y, options);
        const NamedLength lengths[] = {{"g", 3}};
        const Layout layout = make_layout(pattern<"b (g n) h -> b g", "(g n)">, operands, lengths);
        return std::string(select_kernel(layout, operands).name);
    };
    EXPECT_EQ(kernel_of(4096), "half_groups_8192");
    EXPECT_EQ(kernel_of(4097), "half_any");
}

// Params in another order than x are read as they lie: nothing is copied on a device.
TEST(DeviceSelection, ParamsInAnotherOrder) {
    const Extents shape = {2, 6, 5};
    const ConstTensorView x(address(0x10000000), bf16, shape, Extents{30, 1, 6}, Device::cuda);
    const TensorView y(address(0x20000000), bf16, shape, Extents{30, 1, 6}, Device::cuda);
    Options options;
    options.scale = {address(0x30000000), DType::float32, {6, 5}, {}, Device::cuda};
    const Operands operands = operands_of(x, y, options);
    const Layout layout = make_layout(pattern<"b c h -> b", "c h">, operands, {});
    EXPECT_FALSE(layout.is_reordered(role_scale));
    EXPECT_EQ(layout.signature(), "kRR");
    EXPECT_EQ(select_kernel(layout, operands).name, "half_any");
}

TEST(DeviceSelection, GivenStatisticsHaveKernelsOfTheirOwn) {
    const ConstTensorView x = on_device(address(0x10000000), {4, 8});
    const TensorView y = out_on_device(address(0x20000000), {4, 8});
    Options options;
    options.statistic = Statistic::given;
    options.given_rstd = on_device(address(0x30000000), {4});
    options.given_mean = on_device(address(0x40000000), {4});
    const Operands operands = operands_of(x, y, options);
    EXPECT_EQ(select_kernel(make_layout(pattern<"b c -> b">, operands, {}), operands).name, "given");
}

TEST(DeviceSelection, WhatIsMissing) {
    const Extents shape = {4, 8};
    const auto error = [&](DType dtype, const Options &options = {}) {
        return error_of([&] {
            normalize<"b c -> b", "c">(on_device(address(0x10000000), shape, 0, dtype),
                                       out_on_device(address(0x20000000), shape, 0, dtype), options);
        });
    };
    EXPECT_TRUE(contains(error(DType::float64),
                         "no kernel is linked for mean_var of float64 on cuda; those of this "
                         "statistic are for float32, bfloat16 with params of float32, "
                         "bfloat16 with params of bfloat16 (x:y where y differs)"))
        << error(DType::float64);
    std::vector<float> host(32);
    EXPECT_TRUE(contains(
        error_of([&] { normalize<"b c -> b">(ConstTensorView(host.data(), shape), TensorView(host.data(), shape)); }),
        "no kernel is linked for device cpu: the linked libraries (hand_norms) have none"));
    Options mixed;
    mixed.scale = on_device(address(0x30000000), {8}, 0, bf16);
    mixed.shift = on_device(address(0x40000000), {8});
    EXPECT_TRUE(contains(error(bf16, mixed), "scale is of bfloat16, shift of float32: on device cuda"));
}

TEST(DeviceSelection, AllTensorsOnOneDevice) {
    const auto error = [](const ConstTensorView &x, const TensorView &y, const Options &options = {}) {
        return error_of([&] { normalize<"b c -> b", "c">(x, y, options); });
    };
    const ConstTensorView x = on_device(address(0x10000000), {4, 8}, 1);
    EXPECT_TRUE(
        contains(error(x, out_on_device(address(0x20000000), {4, 8})), "y is on device cuda:0, x is on device cuda:1"));
    Options options;
    std::vector<float> host(8);
    options.scale = {host.data(), {8}};
    EXPECT_TRUE(contains(error(x, out_on_device(address(0x20000000), {4, 8}, 1), options),
                         "scale is on device cpu, x is on device cuda:1"));
    EXPECT_TRUE(contains(error(on_device(address(0x10000000), {4, 8}, -1), out_on_device(address(0x20000000), {4, 8})),
                         "x is on device cuda:-1: the index has to be at least 0"));
}

}  // namespace
}  // namespace axnorm::test

// What kernels of a device are given: the order of arguments, addresses, extents and strides.
#include <gtest/gtest.h>

#include "rows_call.h"

namespace axnorm::test {
namespace {

constexpr DType bf16 = DType::bfloat16;
using Ints = std::vector<int>;

void *address(std::uintptr_t value) {
    return reinterpret_cast<void *>(value);
}

// The last call that a kernel was given: nothing of it reaches a driver's memory.
template <class F>
Seen seen_in(const F &call) {
    const PrimaryContext context(0);
    seen().clear();
    call();
    return seen().empty() ? Seen{} : seen().back();
}

void expect_buffer(const SeenBuffer &buffer, std::uint64_t device, const Ints &extents, const Ints &strides) {
    EXPECT_EQ(buffer.device, device);
    EXPECT_EQ(buffer.host, 0U);
    EXPECT_EQ(buffer.extents, extents);
    EXPECT_EQ(buffer.strides, strides);
}

TEST(DeviceBuffers, OfRows) {
    Options options;
    options.scale = on_device(address(0x30000000), {3000});
    const Seen call = seen_in([&] {
        normalize<"b c -> b", "c">({address(0x10000000), bf16, {16, 3000}, Extents{3001, 1}, Device::cuda},
                                   {address(0x20000000), bf16, {16, 3000}, Extents{3002, 1}, Device::cuda}, options);
    });
    ASSERT_EQ(call.kernel, "half_8192");
    ASSERT_EQ(call.buffers.size(), 6U);
    EXPECT_TRUE(call.has_scale && !call.has_shift && !call.has_mean && !call.has_rstd);
    EXPECT_EQ(call.eps, 1e-5);
    expect_buffer(call.buffers[0], 0x10000000, {3000, 16}, {1, 3001});
    expect_buffer(call.buffers[1], 0x30000000, {3000}, {1});
    EXPECT_NE(call.buffers[2].device, 0U);  // both null would be a query of bounds
    EXPECT_EQ(call.buffers[2].extents, Ints{3000});
    expect_buffer(call.buffers[3], 0x20000000, {3000, 16}, {1, 3002});
    for (const std::size_t unwanted : {4U, 5U}) {
        EXPECT_NE(call.buffers[unwanted].device, 0U);
        EXPECT_EQ(call.buffers[unwanted].extents, (Ints{1, 1, 16}));
    }
    EXPECT_EQ(call.buffers[0].type, halide_type_of<std::uint16_t>());
    EXPECT_EQ(call.buffers[1].type, halide_type_of<float>());
}

TEST(DeviceBuffers, PackedIntoWords) {
    Options options;
    options.shift = on_device(address(0x30000000), {2048}, 0, bf16);
    options.mean = out_on_device(address(0x40000000), {16});
    const Seen call = seen_in([&] {
        normalize<"b c -> b", "c">({address(0x10000000), bf16, {16, 2048}, Extents{2056, 1}, Device::cuda},
                                   {address(0x20000000), bf16, {16, 2048}, Extents{2064, 1}, Device::cuda}, options);
    });
    ASSERT_EQ(call.kernel, "half_8192_narrow_params");
    EXPECT_TRUE(!call.has_scale && call.has_shift && call.has_mean && !call.has_rstd);
    expect_buffer(call.buffers[0], 0x10000000, {1024, 16}, {1, 1028});
    expect_buffer(call.buffers[2], 0x30000000, {1024}, {1});
    expect_buffer(call.buffers[3], 0x20000000, {1024, 16}, {1, 1032});
    expect_buffer(call.buffers[4], 0x40000000, {1, 1, 16}, {0, 0, 1});
    for (const std::size_t i : {0U, 1U, 2U, 3U}) {
        EXPECT_EQ(call.buffers[i].type, halide_type_of<std::uint32_t>()) << i;
    }
    EXPECT_EQ(call.buffers[4].type, halide_type_of<float>());
}

TEST(DeviceBuffers, PackedAlongAKeptGroup) {
    const Seen call = seen_in([&] {
        normalize<"b c -> c">({address(0x10000000), bf16, {16, 64}, Extents{72, 1}, Device::cuda},
                              {address(0x20000000), bf16, {16, 64}, Extents{64, 1}, Device::cuda});
    });
    ASSERT_EQ(call.kernel, "half_columns");
    expect_buffer(call.buffers[0], 0x10000000, {16, 32}, {36, 1});
    expect_buffer(call.buffers[3], 0x20000000, {16, 32}, {32, 1});
}

TEST(DeviceBuffers, GivenStatisticsStandBeforeY) {
    Options options;
    options.statistic = Statistic::given;
    options.given_mean = on_device(address(0x30000000), {4});
    options.given_rstd = on_device(address(0x40000000), {4});
    const Seen call = seen_in([&] {
        normalize<"b c -> b">(on_device(address(0x10000000), {4, 8}), out_on_device(address(0x20000000), {4, 8}),
                              options);
    });
    ASSERT_EQ(call.kernel, "given");
    ASSERT_EQ(call.buffers.size(), 6U);
    expect_buffer(call.buffers[3], 0x30000000, {4}, {1});
    expect_buffer(call.buffers[4], 0x40000000, {4}, {1});
    expect_buffer(call.buffers[5], 0x20000000, {8, 4}, {1, 8});
    EXPECT_TRUE(call.has_mean);
}

TEST(DeviceBuffers, AGivenMeanMayBeAbsent) {
    Options options;
    options.statistic = Statistic::given;
    options.given_rstd = on_device(address(0x40000000), {4});
    const Seen call = seen_in([&] {
        normalize<"b c -> b">(on_device(address(0x10000000), {4, 8}), out_on_device(address(0x20000000), {4, 8}),
                              options);
    });
    ASSERT_EQ(call.kernel, "given");
    EXPECT_FALSE(call.has_mean);
    EXPECT_NE(call.buffers[3].device, 0U);
}

TEST(DeviceBuffers, RmsHasNoMean) {
    Options options;
    options.statistic = Statistic::rms;
    options.rstd = out_on_device(address(0x40000000), {4});
    const Seen call = seen_in([&] {
        normalize<"b c -> b">(on_device(address(0x10000000), {4, 8}), out_on_device(address(0x20000000), {4, 8}),
                              options);
    });
    ASSERT_EQ(call.kernel, "any_rms");
    ASSERT_EQ(call.buffers.size(), 5U);
    expect_buffer(call.buffers[3], 0x20000000, {8, 1, 1, 1, 4, 1, 1, 1}, {1, 0, 0, 0, 8, 0, 0, 0});
    EXPECT_TRUE(call.has_rstd);
    expect_buffer(call.buffers[4], 0x40000000, {1, 1, 4, 1, 1, 1}, {0, 0, 1, 0, 0, 0});
}

// A kernel writes NaN where a statistic group has no elements.
TEST(DeviceBuffers, OfNoElements) {
    Options options;
    options.rstd = out_on_device(address(0x40000000), {16});
    const Seen call = seen_in([&] {
        normalize<"b c -> b">(on_device(nullptr, {16, 0}, 0, bf16), out_on_device(nullptr, {16, 0}, 0, bf16), options);
    });
    EXPECT_TRUE(call.has_rstd && !call.has_mean);
    ASSERT_EQ(call.buffers.size(), 6U);
    EXPECT_NE(call.buffers[0].device, 0U);
    EXPECT_EQ(call.buffers[0].extents, (Ints{0, 16}));
    expect_buffer(call.buffers[5], 0x40000000, {1, 1, 16}, {0, 0, 1});
    EXPECT_TRUE(
        seen_in([] {
            normalize<"b c -> b">(on_device(nullptr, {16, 0}, 0, bf16), out_on_device(nullptr, {16, 0}, 0, bf16));
        }).kernel.empty());
}

// More than 2^31 elements: the kernel is called for parts, each at its address.
TEST(DeviceBuffers, OfSlices) {
    constexpr std::int64_t columns = 1 << 29, rows = 6;
    const Seen last = seen_in([&] {
        normalize<"b c -> b">(on_device(address(0x100000000000), {rows, columns}, 0, bf16),
                              out_on_device(address(0x200000000000), {rows, columns}, 0, bf16));
    });
    ASSERT_EQ(last.kernel, "half");
    std::uint64_t row = 0;
    for (const Seen &call : seen()) {
        EXPECT_EQ(call.buffers[0].device, 0x100000000000 + row * columns * 2);
        EXPECT_EQ(call.buffers[3].device, 0x200000000000 + row * columns * 2);
        row += static_cast<std::uint64_t>(call.buffers[0].extents[1]);
    }
    EXPECT_EQ(row, static_cast<std::uint64_t>(rows));
    EXPECT_GT(seen().size(), 1U);
}

// A later call like it finds the plan, but not where its addresses are aligned in another way.
TEST(DeviceBuffers, ThePlanOfAnEarlierCall) {
    const auto kernel_at = [](std::uintptr_t x) {
        return seen_in([&] {
                   normalize<"b c -> b">(on_device(address(x), {16, 2048}, 0, bf16),
                                         out_on_device(address(0x20000000), {16, 2048}, 0, bf16));
               })
            .kernel;
    };
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(kernel_at(0x10000000), "half_8192_aligned");
        EXPECT_EQ(kernel_at(0x10000002), "half_8192");
    }
}

}  // namespace
}  // namespace axnorm::test

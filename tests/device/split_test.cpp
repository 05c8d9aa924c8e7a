// Few, large statistic groups, which blocks share: against the reference, and with the bits of a block for each group.
#include <gtest/gtest.h>

#include <algorithm>

#include "device_call.h"
#include "runtime/call/kernel_choice.h"

namespace axnorm::test {
namespace {

// The same kernel, where a block has a whole group.
const Kernel *unsplit(const Kernel &kernel) {
    for (const Kernel *other : kernels()) {
        if (!other->split && other->device == kernel.device && other->signature == kernel.signature &&
            other->statistic == kernel.statistic && other->dtypes == kernel.dtypes &&
            other->params_dtype == kernel.params_dtype && other->aligned == kernel.aligned) {
            return other;
        }
    }
    return nullptr;
}

void expect_split(DeviceCall call) {
    SCOPED_TRACE(call.describe());
    call.run();
    ASSERT_TRUE(call.chosen->split) << call.chosen->name;
    call.expect_as_the_reference();
    DeviceCall whole = call;
    whole.forced = unsplit(*call.chosen);
    ASSERT_NE(whole.forced, nullptr);
    whole.run();
    EXPECT_TRUE(same_bits(call.y.get(), whole.y.get()));
    if (call.with_statistics && call.statistic != Statistic::given) {
        EXPECT_TRUE(same_bits(call.rstd_out.get(), whole.rstd_out.get()));
        EXPECT_TRUE(call.statistic == Statistic::rms || same_bits(call.mean_out.get(), whole.mean_out.get()));
    }
}

// With whole vectors and without, a last part that is nearly empty and one that is whole.
TEST(DeviceSplit, RowsOfEveryKind) {
    for (const Kind &kind : kinds_of("kR")) {
        const std::int64_t least = 262144 / size_of(kind.dtypes.x);
        for (const std::int64_t length : {least, least + 1, least + 8}) {
            DeviceCall call{layer_norm, {2, length}, kind.dtypes, kind.statistic};
            call.narrow_params = length % 2 == 1;
            call.with_scale = call.with_shift = length != least;
            call.with_statistics = length != least + 8;
            call.in_place = length % 2 == 0 && kind.dtypes.x == kind.dtypes.y;
            expect_split(call);
        }
    }
}

TEST(DeviceSplit, OfSeveralAxes) {
    expect_split({instance_norm, {2, 3, 65536}, {}});
    expect_split({instance_norm, {1, 1, 70001}, {}});
    expect_split({group_norm, {2, 6, 33000}, {}});
    expect_split({group_norm, {1, 6, 70001}, {DType::bfloat16, DType::bfloat16}, Statistic::mean_var});
    expect_split({heads, {1, 1, 5 * 66000}, {}});
}

TEST(DeviceSplit, ReducedGroupsOutside) {
    expect_split({batch_norm, {40, 3, 5000}, {}});
    expect_split({batch_norm, {40, 3, 5000}, {}, Statistic::rms});
    expect_split({batch_norm, {3, 2, 25000}, {}, Statistic::given});
}

// Canonical kernels have short parts: here lanes merge more than one each.
TEST(DeviceSplit, ByCanonicalKernels) {
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms, Statistic::given}) {
        expect_split({layer_norm, {2, 150000}, {}, statistic, {.order = {1, 0}}});
    }
}

TEST(DeviceSplit, OfALargeMean) {
    DeviceCall call{layer_norm, {1, 100000}, {}};
    call.mean = 1e4;
    expect_split(call);
}

// Where groups are many, or a few parts long, blocks have one each.
TEST(DeviceSplit, OnlyFewAndLargeOnes) {
    const auto is_split = [](const Extents &shape) {
        void *const somewhere = reinterpret_cast<void *>(std::uintptr_t{1} << 20);  // nobody follows it
        const ConstTensorView x(somewhere, DType::float32, shape, {}, device_under_test);
        const TensorView y(somewhere, DType::float32, shape, {}, device_under_test);
        const Options options;
        const Operands operands = operands_of(x, y, options);
        return select_kernel(make_layout(parse("b c -> b", ""), operands, {}), operands).split;
    };
    EXPECT_TRUE(is_split({1, 65536}) && is_split({127, 65536}));
    EXPECT_FALSE(is_split({1, 65535}) || is_split({128, 65536}) || is_split({1, 0}));
}

}  // namespace
}  // namespace axnorm::test

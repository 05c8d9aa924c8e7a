// What a call needs of device memory beside its tensors: found out without a driver, and without tensors.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"
#include "runtime/call/kernel_choice.h"
#include "split_kernel.h"

namespace axnorm::test {
namespace {

void *const x_address = reinterpret_cast<void *>(0x100000000000), *const y_address =
                                                                      reinterpret_cast<void *>(0x200000000000);

// Of "b h c -> b c", at addresses that nobody follows.
std::size_t size_of_call(const Extents &shape, const Options &options = {}) {
    return workspace_size<"b h c -> b c">(on_device(x_address, shape), out_on_device(y_address, shape), options);
}

TEST(WorkspaceSize, OfAKernelThatNeedsOne) {
    EXPECT_EQ(size_of_call({2, 5, 40}), 768U + 512);
    EXPECT_EQ(size_of_call({1, 1, 64}), 512U + 256);
    EXPECT_EQ(size_of_call({1, 1, 65}), 768U + 512);
    EXPECT_EQ(size_of_call({3, 9, 1000}), workspace_of_columns(3, 1000));
}

TEST(WorkspaceSize, InEveryForm) {
    const ConstTensorView x = on_device(x_address, {2, 5, 40});
    const TensorView y = out_on_device(y_address, {2, 5, 40});
    const std::size_t expected = workspace_of_columns(2, 40);
    for (int i = 0; i < 2; ++i) {  // as a new call, and as one like an earlier one
        EXPECT_EQ(workspace_size(parse("b h c -> b c", ""), x, y), expected);
        EXPECT_EQ(workspace_size("b h c -> b c", "", x, y), expected);
        EXPECT_EQ((workspace_size<"b h c -> b c">(x, y)), expected);
        EXPECT_EQ((workspace_size<"(b a) c -> b c">(on_device(x_address, {10, 40}), out_on_device(y_address, {10, 40}),
                                                    {}, axis<"b"> = 2)),
                  expected);
        EXPECT_EQ(workspace_size("(b a) c -> b c", "", on_device(x_address, {10, 40}),
                                 out_on_device(y_address, {10, 40}), {}, {{"b", 2}}),
                  expected);
    }
}

TEST(WorkspaceSize, OfOthersIsNone) {
    seen().clear();
    EXPECT_EQ((workspace_size<"b c -> b">(on_device(x_address, {4, 8}), out_on_device(y_address, {4, 8}))), 0U);
    EXPECT_TRUE(seen().empty()) << "a kernel that needs none was called";
}

// Their blocks share statistic groups, and have nothing to tell each other.
TEST(WorkspaceSize, OfGivenStatisticsIsNone) {
    Options options;
    options.statistic = Statistic::given;
    options.given_mean = options.given_rstd = on_device(x_address, {2, 40});
    const ConstTensorView x = on_device(x_address, {2, 5, 40});
    const TensorView y = out_on_device(y_address, {2, 5, 40});
    const Operands operands = operands_of(x, y, options);
    ASSERT_EQ(select_kernel(make_layout(pattern<"b h c -> b c">, operands, {}), operands).name, "given_split");
    seen().clear();
    EXPECT_EQ((workspace_size<"b h c -> b c">(x, y, options)), 0U);
    EXPECT_TRUE(seen().empty()) << "a kernel that needs none was called";
}

TEST(WorkspaceSize, OfNoElements) {
    EXPECT_EQ(size_of_call({2, 0, 40}), 0U);
}

// The parts of a call follow one another: each has the whole workspace.
TEST(WorkspaceSize, OfTheLargestPart) {
    EXPECT_EQ(size_of_call({70000, 2, 2}), workspace_of_columns(35000, 2));            // too many blocks
    EXPECT_EQ(size_of_call({6, 1 << 14, 1 << 15}), workspace_of_columns(3, 1 << 15));  // more than 2^31 elements
    EXPECT_EQ(size_of_call({7, 1 << 14, 1 << 15}), workspace_of_columns(3, 1 << 15));  // of 2, 2 and 3 batches
    EXPECT_EQ(size_of_call({65535, 2, 2}), workspace_of_columns(65535, 2));
    EXPECT_EQ(size_of_call({2, 2, 70000}), workspace_of_columns(2, 35000));  // of the innermost group, too
    EXPECT_EQ(size_of_call({2, 2, 65535}), workspace_of_columns(2, 65535));
}

// A workspace that is given already is not looked at.
TEST(WorkspaceSize, DoesNotDependOnTheOneGiven) {
    Options options;
    options.workspace = {x_address, 1};
    EXPECT_EQ(size_of_call({2, 5, 40}, options), workspace_of_columns(2, 40));
    float data[8];
    const std::string on_cpu = error_of([&] {
        workspace_size<"b c -> b">(ConstTensorView(data, {2, 4}), TensorView(data, {2, 4}), options);
    });
    EXPECT_TRUE(contains(on_cpu, "no kernel is linked")) << on_cpu;  // nor on the CPU, of which this program has none
}

// Memory may be one for all where a size is asked for.
TEST(WorkspaceSize, OfTensorsThatOverlap) {
    EXPECT_EQ((workspace_size<"b h c -> b c">(on_device(x_address, {2, 5, 40}),
                                              out_on_device(static_cast<char *>(x_address) + 16, {2, 5, 40}))),
              workspace_of_columns(2, 40));
}

TEST(WorkspaceSize, RefusesWhatTheCallWould) {
    const std::string shape = error_of([] {
        workspace_size<"b h c -> b c">(on_device(x_address, {2, 5}), out_on_device(y_address, {2, 5}));
    });
    EXPECT_TRUE(contains(shape, "b h c -> b c")) << shape;
    Options options;
    options.eps = -1;
    const std::string eps = error_of([&] { size_of_call({2, 7, 40}, options); });
    EXPECT_TRUE(contains(eps, "eps is -1")) << eps;
    ErrorCode code{};
    const std::string dtype = error_of(
        [] {
            workspace_size<"b h c -> b c">(on_device(x_address, {2, 5, 4}, 0, DType::float64),
                                           out_on_device(y_address, {2, 5, 4}, 0, DType::float64));
        },
        &code);
    EXPECT_TRUE(contains(dtype, "no kernel is linked")) << dtype;
    EXPECT_EQ(code, ErrorCode::unsupported);
}

// Kernels that are not known to need memory are not asked, and refused where they do.
TEST(WorkspaceSize, OfAKernelThatAsksAllTheSame) {
    const ConstTensorView x = on_device(x_address, {2, 5, 40}, 0, DType::bfloat16);
    const TensorView y = out_on_device(y_address, {2, 5, 40}, 0, DType::bfloat16);
    EXPECT_EQ((workspace_size<"b h c -> b c">(x, y)), 0U);
    if (!has_driver()) {
        return;
    }
    const PrimaryContext context(0);
    ErrorCode code{};
    const std::string error = error_of([&] { normalize<"b h c -> b c">(x, y); }, &code);
    EXPECT_TRUE(contains(error,
                         "kernel half_sums_of_columns on cuda:0: it asks for 640 bytes of device memory, where it is "
                         "given 0"))
        << error;
    EXPECT_EQ(code, ErrorCode::kernel);
}

// There is no way from the size to a driver, but for kernels of 64 KB and more, which not every device has the shared
// memory for.
TEST(WorkspaceSize, AsksNoDriver) {
    if (!is_stand_in()) {
        GTEST_SKIP() << "only the stand-in driver says what was called";
    }
    clear_calls();
    size_of_call({2, 5, 40});
    EXPECT_EQ(calls(), std::vector<std::string>{});
}

}  // namespace
}  // namespace axnorm::test

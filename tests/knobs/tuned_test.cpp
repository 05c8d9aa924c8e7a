// Records of schedules: kernels that were tuned for sizes and an instruction set stand beside the usual one, and the
// call's size decides.
#include <gtest/gtest.h>
#include <tuned_norms.h>

#include <algorithm>

#include "reference.h"
#include "reference/pattern_reference.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/planning/plan.h"
#include "runtime/system/isa.h"
#include "runtime/system/processor.h"

namespace axnorm::test {
namespace {

constexpr DType bf16 = DType::bfloat16;

// What runs for x of these rows of 300 elements, and whether it is right.
std::string kernel_of(std::int64_t rows) {
    const Shape shape{rows, 300};
    Tensor x(shape, {}, bf16), y(shape, {}, bf16), scale({300});
    const Values values = normal(x.count(), 3, 2, 5, bf16);
    x.fill(values);
    scale.fill(normal(300, 1, 0.5, 6));
    const Options options{.scale = scale.view()};
    normalize("b c -> b", "c", x.view(), y.out(), options);
    const Values scales = scale.get();
    EXPECT_TRUE(y_close(y.get(), by_pattern("b c -> b", "c", shape, {}, values, {.scale = &scales}),
                        Tolerance{}.of({bf16, bf16})));
    return std::string(select_kernel(parse("b c -> b", "c"), x.view(), y.out(), options, {}).name);
}

TEST(Tuned, TheSizeOfXDecides) {
    const std::string usual = "tuned_norms_mean_var_kR_bf16", small = kernel_of(10), large = kernel_of(1000),
                      most = kernel_of(109), next = kernel_of(110);  // 65400 and 66000 bytes
    switch (instruction_set()) {
        case InstructionSet::avx512:
            EXPECT_EQ(small, usual + "_tuned_1");
            EXPECT_EQ(large, usual + "_tuned_2");
            break;
        case InstructionSet::avx2:
            EXPECT_EQ(small, usual);
            EXPECT_EQ(large, usual + "_tuned_3");
            break;
        case InstructionSet::baseline: EXPECT_EQ(small, usual); EXPECT_EQ(large, usual);
    }
    EXPECT_EQ(most, small);
    EXPECT_EQ(next, large);
}

// What was measured on another processor does not run here.
TEST(Tuned, TheProcessorHasToBeTheSame) {
    const Tensor x({10, 300}, {}, bf16), y({10, 300}, {}, bf16);
    const ConstTensorView in = x.view();
    const TensorView out = y.out();
    const Options options;
    const Operands operands = operands_of(in, out, options);
    const Layout layout = make_layout(parse("b c -> b", ""), operands, {});
    for (const Kernel &kernel : tuned_norms::library.kernels()) {
        if (kernel.signature != "kR" || kernel.tuned_for.exists()) {
            continue;
        }
        Kernel tuned = kernel;
        const Machine machine = this_machine(Device::cpu);
        tuned.instruction_sets = {machine.instruction_set};
        Plan plan;
        const auto refusal = [&](std::string_view processor) -> std::string {
            tuned.tuned_for = {0, INT64_MAX, processor};
            const char *why = plan_kernel(tuned, layout, operands, machine, plan);
            return why == nullptr ? "" : why;
        };
        EXPECT_EQ(refusal(""), "");
        EXPECT_EQ(refusal(machine.processor), "");
        EXPECT_EQ(refusal("GenuineIntel-6-1"), "tuned for another processor");
    }
    const std::string_view id = processor_id();
    EXPECT_EQ(std::ranges::count(id, '-'), 2) << id;
    EXPECT_EQ(id.find_last_not_of("0123456789"), id.rfind('-')) << id;
}

// Rows for AVX-512 have all sizes.
TEST(Tuned, TheUsualKernelIsNotCompiledForWhatOthersServe) {
    for (const Kernel &kernel : tuned_norms::library.kernels()) {
        if (kernel.signature == "kR" && !kernel.tuned_for.exists()) {
            EXPECT_EQ(kernel.instruction_sets, (InstructionSets{InstructionSet::baseline, InstructionSet::avx2}));
        }
    }
}

}  // namespace
}  // namespace axnorm::test

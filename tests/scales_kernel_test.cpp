// Every linked kernel at any scale, whatever a call would choose: those for a processor, for short rows and for fixed
// lengths, too.
#include <gtest/gtest.h>

#include "runtime/system/halide_hooks.h"
#include "runtime/system/isa.h"
#include "scales.h"

namespace axnorm::test {
namespace {

class EveryKernelAtAnyScale : public testing::TestWithParam<std::size_t> {
  protected:
    const Kernel &kernel() const { return *kernels()[GetParam()]; }

    // Operands and stores in turn. False where the kernel is not for such a call.
    bool expect_right(const Kernel &any_size, const Scales &scales, const Shape &shape, std::size_t turn) {
        const Variant variant{.scale = turn % 5 != 0,
                              .shift = turn % 7 != 0,
                              .mean = true,
                              .rstd = true,
                              .in_place = turn % 2 == 1,
                              .given = scales.statistic == Statistic::given};
        KernelCase kernel_case(any_size, shape, variant, turn);
        if (kernel_case.variant.given != variant.given) {
            return false;
        }
        SCOPED_TRACE(scales.name + ": " + kernel_case.describe());
        const ScaledCall call(kernel_case, scales);
        kernel_case.options.eps = scales.eps;
        if (!kernel_case.run_planned(turn % 3 == 0 ? Stores::streaming : Stores::cached)) {
            return false;
        }
        call.expect_right();
        return true;
    }
};

TEST_P(EveryKernelAtAnyScale, IsRight) {
    if (!kernel().instruction_sets.run_with(instruction_set())) {
        GTEST_SKIP() << "not compiled for " << cpu_isa();
    }
    install_halide_hooks();
    Kernel any_size = kernel();
    any_size.tuned_for = {};
    const std::vector<Shape> shapes = few_shapes(Signature(any_size.signature));
    std::size_t turn = GetParam(), done = 0;
    for (const Scales &scales : scales_of(any_size.dtypes.x)) {
        const bool is_rms = scales.statistic == Statistic::rms;
        if (is_rms == (any_size.statistic == Statistic::rms) && !HasFailure()) {
            ++turn;
            done += expect_right(any_size, scales, shapes[turn % shapes.size()], turn) ? 1 : 0;
        }
    }
    EXPECT_TRUE(HasFailure() || done > 4) << done;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryKernelAtAnyScale, testing::Range<std::size_t>(0, kernels().size()),
                         [](const auto &parameter) { return std::string(kernels()[parameter.param]->name); });

}  // namespace
}  // namespace axnorm::test

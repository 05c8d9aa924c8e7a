// Every linked kernel at any scale, whatever a call would choose: those for a processor, for short rows and for fixed
// lengths, too.
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/system/halide_hooks.h"
#include "runtime/system/isa.h"
#include "scales.h"

namespace axnorm::test {
namespace {

// Short groups, one that ends within a vector, one of two blocks of the sums and a rest; as far as a kernel is for it.
std::vector<Shape> shapes_for(const Signature &signature) {
    const std::size_t letters = signature.letters.size();
    std::vector<Shape> shapes(3, Shape(letters, 2));
    shapes[0].front() = 3;
    shapes[0].back() = 4;
    shapes[1].back() = 37;
    const std::size_t reduced = signature.letters.find_last_of("rR");
    shapes[2][reduced] = letters > 4 ? 200 : 9001;
    for (Shape &shape : shapes) {
        for (std::size_t i = 0; i < letters; ++i) {
            shape[i] = signature.extents[i] != 0 ? signature.extents[i] : shape[i];
        }
        shape.back() = signature.most != 0 ? std::min(shape.back(), signature.most) : shape.back();
        shape[reduced] = product(shape) > 100000 ? 37 : shape[reduced];  // beside large ones that are fixed
    }
    return shapes;
}

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
    const std::vector<Shape> shapes = shapes_for(Signature(any_size.signature));
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

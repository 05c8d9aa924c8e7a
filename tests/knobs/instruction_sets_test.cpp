// Kernels that are compiled for some instruction sets: they run there, and elsewhere a call says why they do not.
#include <avx512_norms.h>
#include <gtest/gtest.h>

#include "reference/tensors.h"
#include "runtime/system/isa.h"

namespace axnorm::test {
namespace {

TEST(InstructionSets, AreWhatTheyAreCompiledFor) {
    Tensor x({3, 40}, {}, DType::float16), y({3, 40}, {}, DType::float16);
    x.fill(normal(x.count(), 3, 2, 1, x.dtype()));
    y.fill(Values(static_cast<std::size_t>(y.count()), 7));
    if (instruction_set() == InstructionSet::avx512) {
        normalize("b c -> c", "", x.view(), y.out());
        EXPECT_NE(y.get()[0], 7);
        return;
    }
    const std::string here = cpu_isa();
    try {
        normalize("b c -> c", "", x.view(), y.out());
        FAIL() << "ran";
    } catch (const Error &error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_NE(
            std::string(error.what())
                .find("the kernels for mean_var of float16 (rk, r) are not compiled for " + here + " instructions"),
            std::string::npos)
            << error.what();
    }
    EXPECT_EQ(y.get(), Values(static_cast<std::size_t>(y.count()), 7));
}

}  // namespace
}  // namespace axnorm::test

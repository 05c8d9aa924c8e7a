// Modules are found again by context: not where another context has the handle of one that was destroyed.
#include <gtest/gtest.h>

#include "rows_call.h"
#include "runtime/cuda/modules.h"

namespace axnorm::test {
namespace {

constexpr char nothing[] = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry nothing() { ret; }
)";

// Kernels have the pointer to their state as long as the program runs, and so it is here.
TEST(Modules, OfAContextWithTheHandleOfAnother) {
    const PrimaryContext context(0);
    static void *pointer = nullptr;
    cuda::KernelState &state = cuda::KernelState::of(&pointer);
    EXPECT_EQ(&cuda::KernelState::of(&pointer), &state);
    const cuda::ContextId first{context.handle(), 1001}, second{context.handle(), 1002};

    cuda::Module &module = state.load(first, nullptr, nothing);
    const cuda::FunctionHandle of_first = module.function("nothing").handle();
    EXPECT_EQ(&state.load(first, nullptr, nothing), &module);
    EXPECT_EQ(module.function("nothing").handle(), of_first);

    EXPECT_NE(state.load(second, nullptr, nothing).function("nothing").handle(), of_first);
}

TEST(Modules, WithoutTheFunction) {
    const PrimaryContext context(0);
    static void *pointer = nullptr;
    cuda::Module &module = cuda::KernelState::of(&pointer).load({context.handle(), 1001}, nullptr, nothing);
    const std::string error = error_of([&] { module.function("something"); });
    EXPECT_TRUE(contains(error, "cuModuleGetFunction: CUDA_ERROR_NOT_FOUND") && contains(error, "for something"))
        << error;
}

TEST(Modules, WhoseTextIsWrong) {
    const PrimaryContext context(0);
    static void *pointer = nullptr;
    const std::string error = error_of([&] {
        cuda::KernelState::of(&pointer).load({context.handle(), 1001}, nullptr, "no PTX");
    });
    const std::string begin = "axnorm: cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX (";
    EXPECT_EQ(error.substr(0, begin.size()), begin);
    EXPECT_TRUE(contains(error, "): ")) << error;  // and what the compiler says
}

}  // namespace
}  // namespace axnorm::test

// Programs with kernels for a GPU run on machines without a driver; a call with device tensors says what is missing.
#include <gtest/gtest.h>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

std::string error_of_a_call(ErrorCode &code) {
    return error_of(
        [] {
            normalize<"b c -> b">(on_device(reinterpret_cast<void *>(4096), {2, 4}),
                                  out_on_device(reinterpret_cast<void *>(8192), {2, 4}));
        },
        &code);
}

TEST(MissingDriver, IsNamed) {
    if (has_driver()) {
        GTEST_SKIP() << "there is a driver";
    }
    for (int i = 0; i < 2; ++i) {
        ErrorCode code{};
        const std::string error = error_of_a_call(code);
        EXPECT_TRUE(contains(error, "no CUDA driver could be loaded: libcuda.so.1: ") &&
                    contains(error, "No such file or directory"))
            << error;
        EXPECT_EQ(code, ErrorCode::device);
    }
}

// Also where the size of a workspace was asked for before, which takes none.
TEST(MissingDriver, IsNamedForACallWithAWorkspace) {
    if (has_driver()) {
        GTEST_SKIP() << "there is a driver";
    }
    const ConstTensorView x = on_device(reinterpret_cast<void *>(4096), {2, 5, 4});
    const TensorView y = out_on_device(reinterpret_cast<void *>(8192), {2, 5, 4});
    Options options;
    EXPECT_EQ((workspace_size<"b h c -> b c">(x, y, options)), 512U);
    for (const Workspace workspace : {Workspace{}, Workspace{reinterpret_cast<void *>(16384), 512}}) {
        options.workspace = workspace;
        const std::string error = error_of([&] { normalize<"b h c -> b c">(x, y, options); });
        EXPECT_TRUE(contains(error, "no CUDA driver could be loaded")) << error;
    }
    release_workspaces();  // there are none
}

// Of one that is there: a fresh process, where it was not started yet.
TEST(MissingDriverDeathTest, OneThatDoesNotStart) {
    if (!has_driver() || !is_stand_in()) {
        GTEST_SKIP() << "only the stand-in driver fails where it is told to";
    }
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto run = [] {
        fail_next("cuInit", 100);
        ErrorCode code{};
        const std::string error = error_of_a_call(code);
        std::fputs(error.c_str(), stderr);
        std::exit(code == ErrorCode::device ? 0 : 1);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(0), "the CUDA driver does not start: cuInit: CUDA_ERROR_NO_DEVICE \\(");
}

}  // namespace
}  // namespace axnorm::test

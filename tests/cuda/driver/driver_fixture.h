// A context with a kernel, two buffers of four numbers and a stream, in the stand-in driver as it begins.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cuda_api.h"
#include "fake_cuda.h"

namespace axnorm::fake_cuda::test {

// y[k] = x[k] + a for the threads of a block, through shared memory that the launch sizes.
inline const char *const add_source = R"(.version 7.0
.target sm_80
.address_size 64
.global .align 4 .u32 answer = 42;
.visible .entry add(.param .u64 .ptr .align 1 y, .param .u64 x, .param .f32 a) .maxntid 256, 1, 1
{
    .reg .b32 %r<9>; .reg .b64 %d<9>;
    ld.param.b64 %d0, [y]; ld.param.b64 %d1, [x]; ld.param.f32 %r0, [a];
    mov.u32 %r1, %tid.x; mul.wide.u32 %d2, %r1, 4; add.s64 %d0, %d0, %d2; add.s64 %d1, %d1, %d2;
    ld.global.f32 %r2, [%d1]; st.shared.f32 [%d2], %r2; bar.sync 0; ld.shared.f32 %r2, [%d2];
    add.f32 %r2, %r2, %r0; st.global.f32 [%d0], %r2; ret;
}
.visible .entry fixed(.param .u64 y) .reqntid 64 { ret; }
)";

class DriverTest : public testing::Test {
  protected:
    void SetUp() override {
        fake_cuda_reset();
        ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
        ASSERT_EQ(cuCtxCreate_v2(&context, 0, 0), CUDA_SUCCESS);
        ASSERT_EQ(cuModuleLoadData(&module, add_source), CUDA_SUCCESS);
        ASSERT_EQ(cuModuleGetFunction(&add, module, "add"), CUDA_SUCCESS);
        ASSERT_EQ(cuMemAlloc_v2(&x, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuMemAlloc_v2(&y, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuMemcpyHtoD_v2(x, values, sizeof values), CUDA_SUCCESS);
        ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
    }
    void TearDown() override {
        for (const char *const name : {"DEVICES", "CAPABILITY", "DRIVER_VERSION", "RACES", "EXITED_LANES"}) {
            unsetenv((std::string("AXNORM_FAKE_CUDA_") + name).c_str());
        }
        fake_cuda_reset();
    }

    CUresult launch(float a, unsigned threads = 4, unsigned shared = 16, CUstream in = nullptr, unsigned blocks = 1) {
        void *params[] = {&y, &x, &a};
        return cuLaunchKernel(add, blocks, 1, 1, threads, 1, 1, shared, in, params, nullptr);
    }
    float first_result() const {
        float result[4] = {};
        EXPECT_EQ(cuMemcpyDtoH_v2(result, y, sizeof result), CUDA_SUCCESS);
        return result[0];
    }
    static std::string last_error() {
        char text[512];
        fake_cuda_last_error(text, sizeof text);
        return text;
    }

    float values[4] = {1, 2, 3, 4};
    CUcontext context = nullptr;
    CUmodule module = nullptr;
    CUfunction add = nullptr;
    CUdeviceptr x = 0, y = 0;
    CUstream stream = nullptr;
};

}  // namespace axnorm::fake_cuda::test

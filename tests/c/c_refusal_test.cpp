// What the C interface refuses: the code, words that name the tensor, and nothing written.
#include <gtest/gtest.h>

#include <cstring>

#include "c_call.h"

namespace axnorm::test {
namespace {

constexpr int argument = AXNORM_ERROR_ARGUMENT, unsupported = AXNORM_ERROR_UNSUPPORTED;

// Calls after `change`, which makes one thing bad.
template <typename Change>
testing::AssertionResult refused(int code, std::initializer_list<const char *> words, const Change &change) {
    GoodCall call;
    change(call);
    const int result = call.run();
    const std::string message = axnorm_last_error();
    if (result != code) {
        return testing::AssertionFailure() << "code " << result << ": " << message;
    }
    for (const std::string word : words) {
        if (message.find(word) == std::string::npos) {
            return testing::AssertionFailure() << "no '" << word << "' in: " << message;
        }
    }
    if (!call.untouched()) {
        return testing::AssertionFailure() << "something was written";
    }
    return testing::AssertionSuccess();
}

TEST(CRefusal, NotOfTheGoodCall) {
    GoodCall call;
    EXPECT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
    EXPECT_FALSE(call.untouched());
}

TEST(CRefusal, OfTheCoreGoThroughUnchanged) {
    GoodCall call;
    call.lengths[0].length = 4;
    EXPECT_EQ(call.run(), AXNORM_ERROR_ARGUMENT);
    try {
        normalize(
            "b (g n) h w -> b g", "(g n)", call.x.view(), call.y.out(),
            {.scale = call.scale.view(), .shift = call.shift.view(), .mean = call.mean.out(), .rstd = call.rstd.out()},
            {{"g", 4}});
        ADD_FAILURE();
    } catch (const Error &error) {
        EXPECT_STREQ(axnorm_last_error(), error.what());
    }
}

// A dtype of y that no kernel is linked for: the message ends with what to link.
TEST(CRefusal, NamesTheKernelToAdd) {
    GoodCall call;
    call.y_tensor.dtype.bits = 16;
    EXPECT_EQ(call.run(), unsupported);
    EXPECT_TRUE(std::string(axnorm_last_error())
                    .ends_with("\nKERNEL \"b (g n) h w -> b g\" PARAMS \"(g n)\" DTYPES float32:float16"))
        << axnorm_last_error();
}

TEST(CRefusal, NullArguments) {
    EXPECT_TRUE(refused(argument, {"pattern is NULL"}, [](GoodCall &c) { c.text = nullptr; }));
    EXPECT_TRUE(refused(argument, {"lengths[0].name is NULL"}, [](GoodCall &c) { c.lengths[0].name = nullptr; }));
    GoodCall call;
    EXPECT_EQ(axnorm_normalize(call.text, call.params, nullptr, &call.y_tensor, nullptr, 0, nullptr), argument);
    EXPECT_STREQ(axnorm_last_error(), "axnorm: x is NULL\n  in pattern 'b (g n) h w -> b g', params '(g n)'");
    const axnorm_length g{"g", 3};
    EXPECT_EQ(axnorm_normalize(call.text, call.params, &call.x_tensor, nullptr, &g, 1, nullptr), argument);
    EXPECT_STREQ(axnorm_last_error(), "axnorm: y is NULL\n  in pattern 'b (g n) h w -> b g', params '(g n)', g = 3");
    EXPECT_EQ(axnorm_normalize(call.text, call.params, &call.x_tensor, &call.y_tensor, nullptr, 2, nullptr), argument);
    EXPECT_STREQ(axnorm_last_error(), "axnorm: lengths is NULL, but length_count is 2");
    EXPECT_TRUE(call.untouched());
}

TEST(CRefusal, Patterns) {
    EXPECT_TRUE(refused(AXNORM_ERROR_PATTERN, {"unknown axis", "^"}, [](GoodCall &c) { c.text = "b c -> k"; }));
    EXPECT_TRUE(refused(AXNORM_ERROR_PATTERN, {"in params"}, [](GoodCall &c) { c.params = "q"; }));
    EXPECT_TRUE(refused(argument, {"scale", "params"}, [](GoodCall &c) { c.params = nullptr; }));
    EXPECT_TRUE(refused(argument, {"17 lengths"}, [](GoodCall &c) { c.lengths.resize(17, {"g", 3}); }));
    EXPECT_EQ(axnorm_check_pattern(nullptr, nullptr), argument);
}

TEST(CRefusal, Dimensions) {
    EXPECT_TRUE(refused(argument, {"x has -1 dimensions", "b (g n) h w"}, [](GoodCall &c) { c.x_tensor.ndim = -1; }));
    EXPECT_TRUE(refused(argument, {"y has 17 dimensions", "16"}, [](GoodCall &c) { c.y_tensor.ndim = 17; }));
    EXPECT_TRUE(refused(argument, {"scale has 1 dimensions, but its shape is NULL"},
                        [](GoodCall &c) { c.scale_tensor.shape = nullptr; }));
    EXPECT_TRUE(refused(argument, {"rank mismatch"}, [](GoodCall &c) { c.x_tensor.ndim = 3; }));
    EXPECT_TRUE(refused(argument, {"shape of mean is [2]", "[2, 3]"}, [](GoodCall &c) { c.mean_tensor.ndim = 1; }));
    EXPECT_TRUE(refused(argument, {"negative extent -2", "x"}, [](GoodCall &c) { c.x_tensor.shape[0] = -2; }));
    EXPECT_TRUE(refused(argument, {"negative stride -1", "y"}, [](GoodCall &c) { c.y_tensor.strides[3] = -1; }));
}

TEST(CRefusal, NotOfStridesThatNoElementIsFoundBy) {
    std::vector<std::int64_t> shape = {2, 6, 1, 5}, strides = {30, 5, -7, 1};
    GoodCall call;
    for (DLTensor *tensor : {&call.x_tensor, &call.y_tensor}) {
        tensor->shape = shape.data();
        tensor->strides = strides.data();
    }
    for (const std::int64_t stride : {std::int64_t{-7}, std::int64_t{0}, INT64_MIN, INT64_MAX}) {
        strides[2] = stride;
        EXPECT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
    }
    shape[2] = 0;
    strides = {-30, INT64_MIN, INT64_MAX, -1};
    call.x_tensor.data = call.y_tensor.data = nullptr;
    EXPECT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
}

TEST(CRefusal, NamesGivenStatistics) {
    const auto given = [](GoodCall &c) {
        c.options.statistic = AXNORM_GIVEN;
        c.options.given_mean = &c.mean_tensor;
        c.options.given_rstd = &c.rstd_tensor;
        c.options.mean = c.options.rstd = nullptr;
    };
    EXPECT_TRUE(refused(argument, {"shape of given_mean is [2]", "given_rstd: float32 [2, 3]"}, [&](GoodCall &c) {
        given(c);
        c.mean_tensor.ndim = 1;
    }));
    EXPECT_TRUE(refused(argument, {"eps is -1e-300, it has"}, [](GoodCall &c) { c.options.eps = -1e-300; }));
}

TEST(CRefusal, InTheGapsOfYNothingOverlaps) {
    std::vector<float> memory(2 * 6 * 4 * 16);
    std::vector<std::int64_t> strides = {6 * 4 * 16, 4 * 16, 16, 1};
    GoodCall call;
    call.x_tensor.data = memory.data() + 5;
    call.y_tensor.data = memory.data();
    call.x_tensor.strides = call.y_tensor.strides = strides.data();
    EXPECT_EQ(call.run(), AXNORM_OK) << axnorm_last_error();
    call.x_tensor.data = memory.data() + 4;
    EXPECT_EQ(call.run(), argument);
    EXPECT_NE(std::string(axnorm_last_error()).find("y overlaps x"), std::string::npos);
}

TEST(CRefusal, DTypesOfOtherKinds) {
    struct Row {
        int code, bits;
        const char *words;
    };
    for (const Row &row : {Row{kDLInt, 32, "x is int32,"},
                           {kDLInt, 8, "x is int8,"},
                           {kDLUInt, 16, "x is uint16,"},
                           {kDLFloat, 8, "x is float8,"},
                           {kDLFloat, 128, "x is float128,"},
                           {kDLOpaqueHandle, 64, "x is opaque handle,"},
                           {kDLBfloat, 32, "x is bfloat32,"},
                           {kDLComplex, 64, "x is complex64,"},
                           {6, 8, "x is bool,"},
                           {6, 1, "x is bool of 1 bits,"},
                           {7, 8, "x is float8_e3m4,"},
                           {10, 8, "x is float8_e4m3fn,"},
                           {14, 8, "x is float8_e8m0fnu,"},
                           {15, 6, "x is float6_e2m3fn,"},
                           {17, 4, "x is float4_e2m1fn,"},
                           {17, 8, "x is float4_e2m1fn of 8 bits,"},
                           {18, 8, "x is dtype code 18 of 8 bits,"},
                           {42, 8, "x is dtype code 42 of 8 bits,"},
                           {255, 255, "x is dtype code 255 of 255 bits,"}}) {
        EXPECT_TRUE(refused(unsupported, {row.words, "not supported"}, [&](GoodCall &c) {
            c.x_tensor.dtype.code = static_cast<std::uint8_t>(row.code);
            c.x_tensor.dtype.bits = static_cast<std::uint8_t>(row.bits);
        }));
    }
    EXPECT_TRUE(refused(unsupported, {"rstd is int32"}, [](GoodCall &c) { c.rstd_tensor.dtype.code = kDLInt; }));
    for (const std::uint16_t lanes : {std::uint16_t{0}, std::uint16_t{4}}) {
        EXPECT_TRUE(
            refused(unsupported, {"y has elements of", "lanes"}, [&](GoodCall &c) { c.y_tensor.dtype.lanes = lanes; }));
    }
}

// DTypes of the core: it knows which have kernels, and which go together.
TEST(CRefusal, DTypesOfTheCore) {
    struct Row {
        std::uint8_t code, bits;
        const char *name;
    };
    for (const Row &row : {Row{kDLFloat, 64, "float64"}, {kDLFloat, 16, "float16"}, {kDLBfloat, 16, "bfloat16"}}) {
        std::vector<double> data(4, 5.0);
        std::vector<float> single(4, 5.0f);
        std::int64_t shape = 4;
        DLTensor x{data.data(), {kDLCPU, 0}, 1, {row.code, row.bits, 1}, &shape, nullptr, 0};
        DLTensor y{single.data(), {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, &shape, nullptr, 0};
        EXPECT_EQ(axnorm_normalize("a ->", nullptr, &x, &y, nullptr, 0, nullptr), unsupported);
        EXPECT_NE(std::string(axnorm_last_error()).find("of " + std::string(row.name) + ":float32"), std::string::npos)
            << axnorm_last_error();
        EXPECT_EQ(data, std::vector<double>(4, 5.0));
        EXPECT_EQ(single, std::vector<float>(4, 5.0f));
        EXPECT_TRUE(refused(unsupported, {row.name, "beside x of float32"}, [&](GoodCall &c) {
            c.scale_tensor.dtype.code = row.code;
            c.scale_tensor.dtype.bits = row.bits;
        }));
    }
}

TEST(CRefusal, Devices) {
    struct Row {
        int type;
        const char *words;
    };
    for (const Row &row : {Row{0, "device type 0,"},
                           {kDLCUDA, "device cuda:0, x is on device cpu"},
                           {kDLOpenCL, "device opencl,"},
                           {5, "device type 5,"},
                           {kDLVulkan, "device vulkan,"},
                           {kDLMetal, "device metal,"},
                           {kDLVPI, "device vpi,"},
                           {kDLROCM, "device rocm,"},
                           {kDLExtDev, "device ext_dev,"},
                           {kDLCUDAManaged, "device cuda_managed,"},
                           {14, "device oneapi,"},
                           {18, "device trainium,"},
                           {19, "device type 19,"},
                           {-1, "device type -1,"},
                           {INT32_MIN, "device type -2147483648,"}}) {
        EXPECT_TRUE(refused(unsupported, {"shift is on", row.words}, [&](GoodCall &c) {
            // Not as an enumerator: the value may be none.
            std::memcpy(&c.shift_tensor.device.device_type, &row.type, sizeof(row.type));
        }));
    }
}

TEST(CRefusal, Addresses) {
    EXPECT_TRUE(
        refused(argument, {"x has a null pointer, but 240 elements"}, [](GoodCall &c) { c.x_tensor.data = nullptr; }));
    EXPECT_TRUE(refused(argument, {"y has a null pointer, but byte_offset 64"}, [](GoodCall &c) {
        c.y_tensor.data = nullptr;
        c.y_tensor.byte_offset = 64;
    }));
    EXPECT_TRUE(refused(argument, {"the address of mean overflows", "18446744073709551612"},
                        [](GoodCall &c) { c.mean_tensor.byte_offset = UINT64_MAX - 3; }));
    EXPECT_TRUE(refused(argument, {"the address of scale is not a multiple of 4", "float32", "byte_offset 2"},
                        [](GoodCall &c) { c.scale_tensor.byte_offset = 2; }));
    EXPECT_TRUE(refused(argument, {"the address of x is not a multiple of 4"},
                        [](GoodCall &c) { c.x_tensor.data = static_cast<char *>(c.x_tensor.data) + 1; }));
    EXPECT_TRUE(refused(argument, {"overlap"}, [](GoodCall &c) { c.y_tensor.data = c.x.data() + 1; }));
}

TEST(CRefusal, OfShapes) {
    const std::int64_t shape[] = {4, 6};
    std::int64_t result[AXNORM_MAX_NDIM] = {77};
    int ndim = 55;
    for (const auto function : {axnorm_statistics_shape, axnorm_params_shape}) {
        const auto refuses = [&](int code, const char *words, int status) {
            EXPECT_EQ(status, code);
            EXPECT_NE(std::string(axnorm_last_error()).find(words), std::string::npos) << axnorm_last_error();
        };
        refuses(argument, "pattern is NULL", function(nullptr, "", 2, shape, nullptr, 0, &ndim, result));
        refuses(argument, "x has 2 dimensions, but its shape is NULL",
                function("b c -> b", "", 2, nullptr, nullptr, 0, &ndim, result));
        refuses(argument, "x has -2 dimensions", function("b c -> b", "", -2, shape, nullptr, 0, &ndim, result));
        refuses(argument, "x has 17 dimensions", function("b c -> b", "", 17, shape, nullptr, 0, &ndim, result));
        refuses(argument, "out_ndim is NULL", function("b c -> b", "", 2, shape, nullptr, 0, nullptr, result));
        refuses(argument, "out_shape is NULL", function("b c -> b", "", 2, shape, nullptr, 0, &ndim, nullptr));
        refuses(argument, "lengths is NULL", function("b c -> b", "", 2, shape, nullptr, 1, &ndim, result));
        refuses(argument, "rank mismatch", function("b c h -> b", "", 2, shape, nullptr, 0, &ndim, result));
        refuses(AXNORM_ERROR_PATTERN, "missing arrow", function("b c", "", 2, shape, nullptr, 0, &ndim, result));
    }
    EXPECT_EQ(ndim, 55);
    EXPECT_EQ(result[0], 77);
}

TEST(CRefusal, WorkspaceSize) {
    GoodCall call;
    std::size_t size = 7;
    const auto size_of = [&](const DLTensor *x, std::size_t *out) {
        return axnorm_workspace_size(call.text, call.params, x, &call.y_tensor, call.lengths.data(), 1, nullptr, out);
    };
    EXPECT_EQ(size_of(&call.x_tensor, nullptr), AXNORM_ERROR_ARGUMENT);
    EXPECT_STREQ(axnorm_last_error(),
                 "axnorm: out_size is NULL\n  in pattern 'b (g n) h w -> b g', params '(g n)', g = 3");
    EXPECT_EQ(size_of(nullptr, &size), AXNORM_ERROR_ARGUMENT);
    call.x_tensor.ndim = 3;
    EXPECT_EQ(size_of(&call.x_tensor, &size), AXNORM_ERROR_ARGUMENT);
    EXPECT_EQ(size, 7U);
}

}  // namespace
}  // namespace axnorm::test

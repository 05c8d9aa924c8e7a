// The words with which CMake runs the generator.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "generators/library/command.h"

namespace axnorm {
namespace {

using build::command_text;
using build::Function;

// The value of a word name=value, "none" where there is no such word.
std::string value(const std::string &line, const std::string &name) {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        if (word.starts_with(name + "=")) {
            return word.substr(name.size() + 1);
        }
    }
    return "none";
}

std::size_t count(const std::string &list) {
    return static_cast<std::size_t>(std::ranges::count(list, ',')) + 1;
}

TEST(LibraryCommand, OfTheCpu) {
    const std::string line = command_text(
        {"norms_rms_kR_bf16_f32", Statistic::rms, {"kR", true, false}, {DType::bfloat16, DType::float32}}, "-asan");
    EXPECT_EQ(value(line, "generator"), "norm");
    EXPECT_EQ(value(line, "function"), "norms_rms_kR_bf16_f32");
    EXPECT_EQ(value(line, "signature"), "kR");
    EXPECT_EQ(value(line, "statistic"), "rms");
    EXPECT_EQ(value(line, "contiguous"), "true");
    EXPECT_EQ(value(line, "contiguous_params"), "false");
    EXPECT_EQ(value(line, "dtype"), "bfloat16");
    EXPECT_EQ(value(line, "y_dtype"), "float32");
    EXPECT_EQ(value(line, "in_parts"), "true");
    EXPECT_EQ(value(line, "aligned"), "none");
    // A file for each target, and the wrapper; targets end with what was asked for.
    EXPECT_EQ(count(value(line, "target")), 3U);
    EXPECT_EQ(count(value(line, "files")), 4U);
    EXPECT_TRUE(value(line, "target").ends_with("-user_context-asan"));
    EXPECT_TRUE(value(line, "files").starts_with("norms_rms_kR_bf16_f32_wrapper.o,"));
}

TEST(LibraryCommand, ShortRowsNeedAvx2) {
    const std::string line = command_text({"norms", Statistic::mean_var, {"kR-128"}, {}}, "");
    EXPECT_EQ(count(value(line, "target")), 2U);
    EXPECT_EQ(count(value(line, "files")), 3U);
    EXPECT_EQ(value(line, "in_parts"), "false");
}

TEST(LibraryCommand, OfDevices) {
    Function function{"norms", Statistic::given, {"kR-1024"}, {DType::float16, DType::float16}, Device::cuda};
    function.params_dtype = DType::float16;
    function.aligned = true;
    const std::string line = command_text(function, "-asan");
    EXPECT_EQ(value(line, "generator"), "device_norm");
    EXPECT_EQ(value(line, "emit"), "object,device_code");
    EXPECT_EQ(value(line, "files"), "norms.o,norms.device_code");
    EXPECT_EQ(value(line, "params_dtype"), "float16");
    EXPECT_EQ(value(line, "aligned"), "true");
    EXPECT_EQ(value(line, "split"), "false");
    EXPECT_EQ(value(line, "in_parts"), "none");
    EXPECT_EQ(value(line, "target").find("asan"), std::string::npos);

    function.device = Device::opencl;
    EXPECT_EQ(value(command_text(function, ""), "files"), "norms.o");
}

}  // namespace
}  // namespace axnorm

// The words with which CMake runs the generator.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "generators/library/command.h"

namespace axnorm {
namespace {

using build::command_text;
using build::Function;
using build::parse_request;
using build::resolve;
using build::Row;

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
    const std::string line = command_text({.symbol = "norms_rms_kR_bf16_f32",
                                           .statistic = Statistic::rms,
                                           .loops = {"kR", true, false},
                                           .dtypes = {DType::bfloat16, DType::float32},
                                           .instruction_sets = all_instruction_sets},
                                          "-asan");
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
    EXPECT_TRUE(value(line, "files").ends_with(",norms_rms_kR_bf16_f32_wrapper.o"));
}

TEST(LibraryCommand, ForOneInstructionSetThereIsNoWrapper) {
    const std::string line = command_text({.symbol = "norms",
                                           .statistic = Statistic::mean_var,
                                           .loops = {"kR-128"},
                                           .dtypes = {},
                                           .instruction_sets = {InstructionSet::avx2}},
                                          "");
    EXPECT_TRUE(value(line, "target").starts_with("x86-64-linux-sse41-avx-f16c-fma-avx2-strict_float"));
    EXPECT_EQ(value(line, "files"), "norms.o");
    EXPECT_EQ(value(line, "in_parts"), "false");
}

// By signature, of a library of these words.
std::map<std::string, InstructionSets> instruction_sets_of(const std::vector<std::string> &words) {
    std::map<std::string, InstructionSets> all;
    for (const Row &row : resolve("norms", parse_request(words)).rows) {
        all[row.loops.signature] = row.instruction_sets;
    }
    return all;
}

TEST(LibraryCommand, InstructionSets) {
    constexpr InstructionSet baseline = InstructionSet::baseline, avx2 = InstructionSet::avx2,
                             avx512 = InstructionSet::avx512;
    using Sets = std::map<std::string, InstructionSets>;
    EXPECT_EQ(instruction_sets_of({"KERNEL", "b c -> b"}),
              (Sets{{"kr", all_instruction_sets}, {"kr-128", {avx2, avx512}}}));
    // Canonical kernels serve what others are not compiled for.
    Sets whole = instruction_sets_of({"CANONICAL", "KERNEL", "b c -> b"});
    EXPECT_EQ(whole["kr"], (InstructionSets{avx2, avx512}));
    EXPECT_EQ(whole["KKKKRRRR"], (InstructionSets{baseline, avx2}));
    // But not as fast where a group is short.
    whole = instruction_sets_of({"CANONICAL", "KERNEL", "b c -> c", "EXTENTS", "c=3"});
    EXPECT_EQ(whole["rk3"], all_instruction_sets);
    EXPECT_EQ(whole["rk"], (InstructionSets{avx2, avx512}));
    whole = instruction_sets_of({"INSTRUCTION_SETS", "baseline", "avx512", "CANONICAL", "KERNEL", "b c -> b"});
    EXPECT_EQ(whole["kr"], (InstructionSets{baseline, avx512}));
    EXPECT_EQ(whole["kr-128"], (InstructionSets{avx512}));
    EXPECT_EQ(whole["KKKKRRRR"], (InstructionSets{baseline, avx2}));
    EXPECT_EQ(instruction_sets_of({"INSTRUCTION_SETS", "baseline", "KERNEL", "b c -> b"}), (Sets{{"kr", {baseline}}}));
}

TEST(LibraryCommand, BestInstructionSet) {
    constexpr InstructionSets both{InstructionSet::baseline, InstructionSet::avx512};
    EXPECT_TRUE(both.run_with(InstructionSet::avx2));
    EXPECT_EQ(both.best(InstructionSet::avx2), InstructionSet::baseline);
    EXPECT_EQ(both.best(InstructionSet::avx512), InstructionSet::avx512);
    EXPECT_FALSE(InstructionSets{InstructionSet::avx512}.run_with(InstructionSet::avx2));
}

// What sanitizers and debuggers need ends each target of the CPU.
TEST(LibraryCommand, SanitizeAndDebug) {
    const auto features = [](std::vector<std::string> words) {
        words.insert(words.end(), {"KERNEL", "b c -> b"});
        return build::parse_request(words).features;
    };
    EXPECT_EQ(features({}), "");
    EXPECT_EQ(features({"SANITIZE", "address"}), "-asan");
    EXPECT_EQ(features({"SANITIZE", "thread", "DEBUG"}), "-tsan-enable_backtraces");
    EXPECT_EQ(features({"DEBUG", "CANONICAL"}), "-enable_backtraces");
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

// Of kept axes a short innermost one alone is compiled in.
TEST(LibraryCommand, SaysWhichExtentsChangeNoKernel) {
    const auto notes_of = [](const std::vector<std::string> &words) {
        return resolve("norms", parse_request(words)).notes;
    };
    EXPECT_EQ(notes_of({"KERNEL", "b c -> b", "PARAMS", "c", "EXTENTS", "c=768"}).size(), 0U);
    EXPECT_EQ(notes_of({"KERNEL", "b c h w -> c", "MEMORY", "b h w c", "EXTENTS", "c=3"}).size(), 0U);
    EXPECT_EQ(notes_of({"KERNEL", "b c h w -> b", "EXTENTS", "c=3", "h=8", "w=8"}).size(), 0U);  // one group of 192
    const std::vector<std::string> notes = notes_of({"KERNEL", "b c -> b", "PARAMS", "c", "EXTENTS", "b=4", "c=768"});
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0],
              "KERNEL 1 'b c -> b': EXTENTS b=4 changes no kernel, since threads divide kept axes: leave it out");
}

}  // namespace
}  // namespace axnorm

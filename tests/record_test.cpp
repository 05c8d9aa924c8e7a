// Rows of records of schedules, and what axnorm_add_library() makes of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "generators/library/resolve.h"
#include "schedules/knobs/families.h"

namespace axnorm {
namespace {

using namespace build;

// A row for "kR" of float32, with the ids of its knobs.
std::string row(const std::string &where, const std::string &isa, const std::string &least, const std::string &most,
                const std::string &knobs, const std::string &signature = "kR", const std::string &processor = "") {
    const codegen::Family &family = codegen::family_for(Letters(signature), Device::cpu);
    std::string ids;
    for (const auto &[name, value] : codegen::parse_knobs(knobs)) {
        if (const codegen::Knob *knob = family.find(name); knob != nullptr) {
            ids += (ids.empty() ? "" : ",") + name + ":" + id_of(family.name(), *knob);
        }
    }
    return where + "\t" + processor + "\tmean_var\t" + signature + "\ttrue\ttrue\tfloat32\tcpu\t" + isa + "\t" + least +
           "\t" + most + "\t" + knobs + "\t" + ids + "\n";
}

const std::string no_end = "9223372036854775807";

std::string refusal_of(const std::string &text) {
    try {
        parse_record(text);
        return "";
    } catch (const std::runtime_error &error) {
        return error.what();
    }
}

TEST(Record, IsRefusedByItsLine) {
    EXPECT_EQ(refusal_of(row("r.json:3", "avx2", "0", no_end, "rows:4")), "");
    EXPECT_TRUE(refusal_of(row("r.json:3", "avx2", "0", no_end, "rows:3"))
                    .starts_with("r.json:3: knobs 'rows:3': knob 'rows' of family reduced_innermost is 3; legal are"));
    EXPECT_TRUE(refusal_of(row("r.json:3", "avx2", "0", no_end, "speed:3"))
                    .starts_with("r.json:3: knobs 'speed:3': there is no knob 'speed'. Signature 'kR'"));
    EXPECT_EQ(refusal_of(row("r.json:3", "sse", "0", no_end, "rows:4")),
              "r.json:3: isa 'sse': it is one of baseline, avx2, avx512");
    std::string stale = row("r.json:3", "avx2", "0", no_end, "rows:4");
    stale.replace(stale.rfind(':') + 1, 8, "00000000");
    EXPECT_TRUE(refusal_of(stale).starts_with(
        "r.json:3: knob 'rows' of family reduced_innermost is not what it was when this was measured"));
    EXPECT_EQ(
        refusal_of(row("r.json:3", "avx2", "0", "100", "rows:4") + row("s.json:9", "avx2", "100", no_end, "rows:2")),
        "s.json:9: it is for calls that r.json:3 is for, too: name one record for an instruction set");
    EXPECT_EQ(
        refusal_of(row("r.json:3", "avx2", "0", "100", "rows:4") + row("r.json:9", "avx2", "101", no_end, "rows:2") +
                   row("s.json:9", "avx512", "0", no_end, "rows:2")),
        "");
}

TEST(Record, AKernelForEachRow) {
    const auto resolved = [](const std::vector<std::string> &words, const std::string &record) {
        return resolve("norms", parse_request(words), parse_record(record));
    };
    const std::string record = row("r:1", "avx512", "0", "100", "rows:4") + row("r:2", "avx512", "101", no_end, "") +
                               row("r:3", "avx2", "0", "100", "rows:4") + row("r:4", "avx2", "101", no_end, "rows:4") +
                               row("r:5", "avx2", "0", no_end, "joint_rows:2", "rK");
    const std::vector<std::string> words = {"KERNEL", "b c -> b", "PARAMS", "c"};
    const Resolved norms = resolved(words, record);
    EXPECT_EQ(norms.tuned, 4);  // of 5: nothing here is of rK
    std::vector<std::string> names, symbols;
    for (const Row &one : norms.rows) {
        if (one.loops.signature == "kR") {
            names.push_back(one.name);
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"norms_mean_var_kR_f32_tuned_1", "norms_mean_var_kR_f32_tuned_2",
                                               "norms_mean_var_kR_f32_tuned_4", "norms_mean_var_kR_f32"}));
    EXPECT_EQ(norms.rows[0].tuned_for.most_bytes, 100);
    for (const Function &function : norms.functions) {
        symbols.push_back(function.symbol);
        if (function.symbol == "norms_mean_var_kR_f32") {  // rows for AVX2 have all sizes
            EXPECT_EQ(function.instruction_sets, (InstructionSets{InstructionSet::baseline, InstructionSet::avx512}));
        }
    }
    // Two ranges of one text share a function.
    EXPECT_EQ(std::ranges::count(symbols, "norms_mean_var_kR_f32_rows_4_avx2"), 1);
    // Who says KNOBS gets those.
    std::vector<std::string> chosen = words;
    chosen.insert(chosen.end(), {"KNOBS", "rows:2"});
    EXPECT_EQ(resolved(chosen, record).tuned, 0);
    // Where a row is for a processor, the usual kernel is for all others; what the code does not know it does not
    // change.
    const Resolved here =
        resolved(words, row("r:1", "avx512", "0", no_end, "rows:4,stores:1", "kR", "AuthenticAMD-26-2") +
                            row("s:1", "avx512", "0", no_end, "stores:1", "kR", "GenuineIntel-6-143"));
    for (const Row &one : here.rows) {
        if (one.loops.signature == "kR" && one.tuned_for.exists()) {
            const bool is_first = one.processor == "AuthenticAMD-26-2";
            EXPECT_EQ(one.name, is_first ? "norms_mean_var_kR_f32_tuned_1" : "norms_mean_var_kR_f32_tuned_2");
            EXPECT_EQ(one.symbol, is_first ? "norms_mean_var_kR_f32_rows_4_avx512" : "norms_mean_var_kR_f32");
        }
    }
    EXPECT_EQ(here.tuned, 2);
    for (const Function &function : here.functions) {
        if (function.loops.signature == "kR") {
            EXPECT_EQ(function.instruction_sets.has(InstructionSet::baseline), function.knobs.empty())
                << function.symbol;
        }
    }
    // What is not compiled anyway is not compiled for a row.
    std::vector<std::string> baseline = {"INSTRUCTION_SETS", "baseline"};
    baseline.insert(baseline.end(), words.begin(), words.end());
    EXPECT_EQ(resolved(baseline, record).functions.size(), resolved(baseline, "").functions.size());
}

}  // namespace
}  // namespace axnorm

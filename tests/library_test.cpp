// Libraries: what the words of axnorm_add_library() come to, that calls get the kernels that were asked for, and the
// registry.
#include <axnorm_default.h>
#include <fixed_norms.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "generators/library/resolve.h"
#include "generators/library/write.h"
#include "random_case.h"
#include "reference/tensors.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/language/described_call.h"
#include "runtime/planning/plan.h"

namespace axnorm::test {
namespace {

using build::parse_request;
using build::resolve;
using build::Resolved;
using Words = std::vector<std::string>;

Resolved resolved(const Words &words) {
    return resolve("my_norms", parse_request(words));
}

// Of each line, without repetition.
Words signatures(const Words &words) {
    Words all;
    for (const build::Line &line : resolved(words).lines) {
        if (std::ranges::find(all, line.signature) == all.end()) {
            all.push_back(line.signature);
        }
    }
    return all;
}

std::string message(const Words &words) {
    try {
        resolved(words);
    } catch (const std::runtime_error &error) {
        return error.what();
    }
    return "it is accepted";
}

struct SignatureCase {
    std::string pattern, params, memory;
    Words expected;
};

TEST(Library, SignaturesAreThoseOfDenseTensors) {
    const SignatureCase cases[] = {
        {"b c h w -> c", "c", "b c h w", {"rKr", "rK"}},  // rK: h = w = 1
        {"b c h w -> c", "c", "b h w c", {"rK", "r"}},    // r: c = 1
        {"b c h w -> c", "", "b h w c", {"rk", "r"}},
        {"b c h w -> b", "c h w", "b c h w", {"kR"}},
        {"b c h w -> b", "h w c", "b h w c", {"kR"}},
        {"b c h w -> b h w", "c", "b c h w", {"kRk", "kR"}},
        {"b c h w -> b c", "c", "b h w c", {"krK", "kr"}},
        {"b (g n) h w -> b g", "(g n)", "b (g n) h w", {"kKRr", "kKR"}},
        {"b (g n) h w -> b g", "(g n)", "b h w (g n)", {"krKR", "krK", "kr"}},
        {"b t (h d) -> b t h", "(h d)", "b t h d", {"kKR"}},
        {"b 4 c -> b", "4 c", "b 4 c", {"kR"}},
        {"b 4 c -> b", "c", "b 4 c", {"kr4R", "kr4", "kr"}},        // a length without a name is known
        {"... b c -> ... c", "c", "... b c", {"krK", "rK", "kr"}},  // the ellipsis may be empty
        {"b 1 c -> b", "c", "b c", {"kR"}},
        // So may one that is all that is reduced: then each element is a statistic group.
        {"... c -> c", "c", "... c", {"rK", "r"}},
        {"c ... -> c", "c", "c ...", {"Kr"}},
        {"b c ... -> b c", "", "b c ...", {"kr"}},
        {"b c ... -> b c", "c", "b ... c", {"krK", "kr"}},
        {"... ->", "...", "...", {"R"}},
    };
    for (const SignatureCase &c : cases) {
        Words got = signatures({"KERNEL", c.pattern, "PARAMS", c.params, "MEMORY", c.memory});
        std::ranges::sort(got);
        Words expected = c.expected;
        std::ranges::sort(expected);
        EXPECT_EQ(got, expected) << c.pattern << ", " << c.params << ", " << c.memory;
    }
}

TEST(Library, ExtentsArePartOfTheSignature) {
    const Words group = {"KERNEL", "b (g n) h w -> b g", "PARAMS", "(g n)", "MEMORY", "b h w g n", "EXTENTS"};
    const auto with = [&](const Words &more) {
        Words words = group;
        words.insert(words.end(), more.begin(), more.end());
        return signatures(words);
    };
    EXPECT_EQ(with({"n=4"}), (Words{"krKR4", "krKR", "krK", "kr"}));
    // Threads divide g: a constant would be in their way.
    EXPECT_EQ(with({"n=4", "g=32"}), (Words{"krKR4", "krKR", "krK", "kr"}));
    EXPECT_EQ(with({"n=4", "g=32", "STRICT"}), (Words{"krK32R4", "kr4"}));  // kr4: h = w = 1, no params
    EXPECT_EQ(with({"h=7", "w=9", "n=4"})[0], "kr63KR4");
    EXPECT_EQ(with({"h=1", "w=1", "n=4"})[0], "kKR4");
    EXPECT_EQ(signatures({"KERNEL", "b c -> c", "EXTENTS", "c=3"}), (Words{"rk3", "rk", "r"}));
    EXPECT_EQ(signatures({"KERNEL", "b c -> c", "EXTENTS", "c=3,5"}), (Words{"rk3", "rk", "r", "rk5"}));
    EXPECT_EQ(signatures({"KERNEL", "b c -> c", "EXTENTS", "c=512"}), (Words{"rk", "r"}));
    // Without scale and shift n, h and w are one group: that n is 4 cannot be told.
    EXPECT_EQ(signatures({"KERNEL", "b (g n) h w -> b g", "PARAMS", "(g n)", "EXTENTS", "n=4", "STRICT"}),
              (Words{"kKR4r", "kKR4", "kR4", "kr"}));
    // Several sets share the general kernel, which is compiled once.
    const Resolved two = resolved({"KERNEL", "b c -> b", "EXTENTS", "c=3", "KERNEL", "b c -> b", "EXTENTS", "c=5"});
    EXPECT_EQ(two.functions.size(), 4u);  // kr3, kr5, kr, and short rows of it
}

TEST(Library, FunctionsAreCompiledOnce) {
    const Resolved strict = resolved({"KERNEL", "b c -> c", "EXTENTS", "c=512", "STRICT", "KERNEL", "b c -> c"});
    ASSERT_EQ(strict.rows.size(), 3u);
    EXPECT_EQ(strict.rows[0].name, "my_norms_mean_var_rk512_f32");
    EXPECT_EQ(strict.rows[0].symbol, "my_norms_mean_var_rk_f32");
    ASSERT_EQ(strict.functions.size(), 2u);
    EXPECT_EQ(strict.functions[0].loops.signature, "rk");

    const Resolved canonical =
        resolved({"CANONICAL", "KERNEL", "b c -> b", "STATISTIC", "rms", "KERNEL", "b c -> c", "STATISTIC", "rms"});
    EXPECT_EQ(canonical.functions.size(), 5u + 4u);  // kr, kr-128, rk, r
    EXPECT_TRUE(std::ranges::all_of(canonical.rows, [](const auto &r) { return r.statistic == Statistic::rms; }));
}

TEST(Library, KernelsHaveTheKnobsOfTheirFamilies) {
    const Resolved all =
        resolved({"KERNEL", "b c -> b", "PARAMS", "c", "KNOBS", "default", "rows:4", "far_rows:64,rows:4", "rows:8"});
    Words names;
    for (const build::Function &function : all.functions) {
        names.push_back(function.symbol + (function.knobs.empty() ? "" : " knobs=" + function.knobs));
    }
    EXPECT_EQ(names, (Words{"my_norms_mean_var_kR_f32", "my_norms_mean_var_kR_128_f32",
                            "my_norms_mean_var_kR_f32_rows_4 knobs=rows:4",
                            "my_norms_mean_var_kR_128_f32_far_rows_64 knobs=far_rows:64"}));
    EXPECT_EQ(all.lines.size(), 1u);
    EXPECT_EQ(resolved({"KERNEL", "b c -> b", "KERNEL", "b c -> b", "KNOBS", "rows:4"}).functions.size(), 3u);
    const std::string table = table_text("my_norms", all);
    EXPECT_NE(table.find("my_norms_mean_var_kR_f32_argv, \"my_norms_mean_var_kR_f32\"},"), std::string::npos);
    EXPECT_NE(table.find("\"my_norms_mean_var_kR_f32_rows_4\", axnorm::Device::cpu, /*aligned=*/false, "
                         "/*split=*/false, axnorm::DType::float32, \"rows:4\"},"),
              std::string::npos)
        << table;
    const Resolved devices = resolved({"KERNEL", "b c -> b", "PARAMS", "c", "DEVICES", "cuda", "KNOBS", "teams:4"});
    EXPECT_EQ(devices.functions[0].knobs, "teams:4");
    EXPECT_TRUE(devices.functions[0].symbol.ends_with("_cuda_aligned_teams_4")) << devices.functions[0].symbol;
}

TEST(Library, RefusalsNameTheKernelAndTheWord) {
    const std::pair<Words, std::string> cases[] = {
        {{}, "there is no KERNEL"},
        {{"CANONICAL"}, "there is no KERNEL"},
        {{"FAST", "KERNEL", "b c -> b"}, "'FAST' stands before the first KERNEL"},
        {{"KERNEL"}, "KERNEL has no value"},
        {{"KERNEL", "b c -> b", "c"}, "'c' behind KERNEL is no keyword"},
        {{"KERNEL", "b c -> b", "SPEED", "9"}, "'SPEED' behind KERNEL is no keyword"},
        {{"KERNEL", "b c -> b", "CANONICAL"}, "it stands before the first KERNEL"},
        {{"SANITIZE", "KERNEL", "b c -> b"}, "SANITIZE has no value"},
        {{"SANITIZE", "undefined", "KERNEL", "b c -> b"}, "SANITIZE 'undefined': it is one of address, thread"},
        {{"SANITIZE", "address", "thread", "KERNEL", "b c -> b"}, "'thread' behind SANITIZE is no keyword"},
        {{"DEBUG", "DEBUG", "KERNEL", "b c -> b"}, "DEBUG is given twice"},
        {{"KERNEL", "b c -> b", "KERNEL", "b c -> k"},
         "KERNEL 2 'b c -> k': unknown axis: it is on the right, but not on the left\n  b c -> k\n         ^"},
        {{"KERNEL", "b c -> b", "PARAMS"}, "KERNEL 1 'b c -> b': PARAMS has no value"},
        {{"KERNEL", "b c -> b", "PARAMS", "d"}, "unknown axis in params"},
        {{"KERNEL", "b c -> b", "PARAMS", "c", "PARAMS", "c"}, "PARAMS is given twice"},
        {{"KERNEL", "b c -> b", "STATISTIC", "std"}, "STATISTIC 'std': it is one of mean_var, rms"},
        {{"KERNEL", "b c -> b", "STATISTIC", "rms", "rms"}, "STATISTIC 'rms' is listed twice"},
        {{"KERNEL", "b c -> b", "DTYPES", "half"}, "DTYPES 'half': it is one of float32, float64, float16, bfloat16"},
        {{"KERNEL", "b c -> b", "DTYPES", "float32:half"}, "DTYPES 'float32:half': it is one of"},
        {{"KERNEL", "b c -> b", "DTYPES", "float32", "float32:float32"}, "DTYPES 'float32:float32' is listed twice"},
        {{"KERNEL", "b c -> b", "DEVICES", "tpu"}, "DEVICES 'tpu': it is one of cpu, cuda"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c"}, "EXTENTS 'c': it is <axis>=<length>[,<length>...]"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=0"}, "EXTENTS 'c=0'"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=7x"}, "EXTENTS 'c=7x'"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=99999999999999999999"}, "EXTENTS 'c=99999999999999999999'"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=3000000000"}, "extents of at most 2147418111"},
        {{"KERNEL", "b c -> b", "EXTENTS", "d=4"}, "EXTENTS: there is no axis 'd'"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=4", "c=5"}, "EXTENTS gives the length of axis 'c' twice"},
        {{"KERNEL", "b c h w -> b c", "EXTENTS", "h=7"}, "EXTENTS h=7 fixes no loop of signature kr"},
        {{"KERNEL", "b c -> b", "EXTENTS", "b=1", "c=1"}, "there is one element for these EXTENTS"},
        {{"KERNEL", "b c -> b", "STRICT"}, "STRICT without EXTENTS"},
        {{"KERNEL", "b c -> b", "EXTENTS", "c=4", "STRICT", "yes"}, "'yes' behind STRICT is no keyword"},
        {{"KERNEL", "b c -> b", "MEMORY", "c"}, "missing axis in the memory order: 'b'\n  c\n   ^"},
        {{"KERNEL", "b c -> b", "MEMORY", "c d b"}, "unknown axis in the memory order"},
        {{"KERNEL", "b c -> b", "MEMORY", "c b c"}, "duplicate axis in the memory order"},
        {{"KERNEL", "b (g n) -> b g", "MEMORY", "b n g"}, "in the memory order they are neighbours"},
        {{"KERNEL", "a b c d e f g h i -> a c e g i"},
         "a kernel has one to four reduced groups, at most four kept ones"},
        {{"KERNEL", "b c -> b", "KERNEL", "b c -> b"}, "KERNEL 2 'b c -> b': it is listed twice"},
        {{"KERNEL", "b c -> b", "MEMORY", "b c", "KERNEL", "b c -> b"}, "it is listed twice"},
        {{"KERNEL", "b c -> b", "KNOBS"}, "KNOBS has no value"},
        {{"KERNEL", "b c -> b", "KNOBS", "rows"}, "KNOBS 'rows': they are written <knob>:<value>"},
        {{"KERNEL", "b c -> b", "KNOBS", "rows:2,rows:4"}, "KNOBS 'rows:2,rows:4': knob 'rows' is given twice"},
        {{"KERNEL", "b c -> b", "KNOBS", "default", "default"}, "KNOBS 'default' is listed twice"},
        {{"KERNEL", "b c -> b", "KERNEL", "b c -> b", "KNOBS", "rows:8"}, "it is listed twice"},  // the default
        {{"KERNEL", "b c -> b", "KNOBS", "rows:3"},
         "KERNEL 1 'b c -> b': KNOBS: knob 'rows' of family reduced_innermost is 3; legal are 1, 2, 4, 8, 16"},
        {{"KERNEL", "b c -> b", "KNOBS", "joint_rows:2"}, "KNOBS: there is no knob 'joint_rows' in\nfamily reduced_"},
        {{"KERNEL", "b c -> b", "KNOBS", "teams:2"}, "there is no knob 'teams' in"},
    };
    for (const auto &[words, expected] : cases) {
        EXPECT_NE(message(words).find(expected), std::string::npos) << message(words) << "\nnot: " << expected;
    }
}

TEST(Library, TheHeaderListsWhatWasAskedFor) {
    const Resolved all = resolved({"KERNEL", "b c -> b", "PARAMS", "c", "STATISTIC", "mean_var", "rms"});
    const std::string header = header_text("my_norms", all, "CMakeLists.txt");
    EXPECT_NE(header.find("//     b c -> b  c       b c     rms        kR         float32  cpu\n"), std::string::npos)
        << header;
    EXPECT_NE(header.find("{\"b c -> b\", \"c\", \"b c\", axnorm::Statistic::rms, \"kR\", {{axnorm::DType::float32, "
                          "axnorm::DType::float32}}, "
                          "{axnorm::Device::cpu}},"),
              std::string::npos)
        << header;
}

// The axes of a pattern in some order of its dimensions.
std::string random_memory(const Pattern &pattern, Random &random) {
    std::vector<std::string> dimensions;
    for (int d = 0; d < pattern.tensor.rank; ++d) {
        const Dimensions::Run run = detail::at(pattern.tensor.runs, d);
        std::string axes;
        for (int i = run.begin; i < run.end; ++i) {
            const Axis &axis = detail::at(pattern.axes, detail::at(pattern.tensor.axes, i));
            axes += (axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name)) + " ";
        }
        dimensions.push_back(axes);
    }
    random.shuffle(dimensions);
    std::string order;
    for (const std::string &axes : dimensions) {
        order += axes;
    }
    return order;
}

// Kernels made for a pattern serve every dense call of it: with any lengths, those of 1 included, with and without
// scale and shift, mean and rstd.
bool is_served(const Resolved &library, const DryCall &call) {
    return std::ranges::any_of(library.rows, [&](const build::Row &row) {
        const Kernel kernel{
            row.statistic, row.loops.signature, row.loops.contiguous, row.loops.contiguous_params, row.dtypes, nullptr,
            row.name};
        Plan plan;
        return plan_kernel(kernel, call.layout(), call.operands(), this_machine(Device::cpu), plan) == nullptr &&
               !plan.is_looped();
    });
}

TEST(Library, ServesEveryDenseCallOfItsPattern) {
    int served = 0, refused = 0;
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        const RandomCase c(seed);
        Random random(seed);
        const Pattern pattern = parse(c.text, c.params);
        const std::string memory = random_memory(pattern, random);
        Words words = {"KERNEL", c.text, "PARAMS", c.params, "MEMORY", memory};
        std::vector<NamedLength> lengths;
        for (const auto &[name, length] : c.lengths) {
            lengths.push_back({name, length});
        }
        if (random.chance(0.5) && !lengths.empty() && lengths[0].length > 0) {
            words.insert(words.end(),
                         {"EXTENTS", std::string(lengths[0].name) + "=" + std::to_string(lengths[0].length)});
            if (random.chance(0.5)) {
                words.emplace_back("STRICT");
            }
        }
        if (product(c.shape) == 0) {
            continue;  // needs no kernel
        }
        Resolved library;
        try {
            library = resolved(words);
        } catch (const std::runtime_error &) {
            ++refused;  // too many groups, an extent that decides nothing
            continue;
        }
        for (const bool params : {true, false}) {
            for (const bool statistics : {true, false}) {
                const DryCall call(pattern, extents(c.shape), lengths,
                                   {.memory = memory, .params = params, .statistics = statistics});
                ++served;
                EXPECT_TRUE(is_served(library, call))
                    << "seed " << seed << ": '" << c.text << "', '" << c.params << "', memory '" << memory
                    << "', shape " << to_string(c.shape) << ", layout " << call.layout().signature() << ", params "
                    << params << ", extents " << (words.size() > 6 ? words[7] : "") << ", rows " << library.rows.size();
            }
        }
    }
    EXPECT_GT(served, 8 * refused);
}

// An ellipsis that is all that is reduced stands for any number of axes, none too.
TEST(Library, ServesAReducedEllipsisOfAnyRank) {
    struct Case {
        std::string text, params, memory;
        std::vector<Shape> shapes;
    };
    const Case cases[] = {
        {"... c -> c", "c", "... c", {{5}, {1}, {4, 5}, {4, 1}, {1, 5}, {2, 3, 5}, {2, 1, 3, 5}}},
        {"b c ... -> b c", "c", "b c ...", {{2, 5}, {1, 1}, {2, 5, 3}, {2, 1, 3}, {1, 5, 3, 4}, {2, 5, 1, 1}}},
        {"b c ... -> b c", "c", "b ... c", {{2, 5}, {2, 5, 3}, {2, 1, 3}, {1, 5, 3, 4}, {2, 5, 1, 1}}},
        {"... ->", "...", "...", {{}, {1}, {5}, {2, 3}, {2, 1, 3}}},
    };
    for (const Case &c : cases) {
        const Pattern pattern = parse(c.text, c.params);
        for (const bool strict : {false, true}) {
            if (strict && pattern.find("c") < 0) {
                continue;
            }
            Words words = {"KERNEL", c.text, "PARAMS", c.params, "MEMORY", c.memory};
            if (strict) {
                words.insert(words.end(), {"EXTENTS", "c=5", "STRICT"});
            }
            const Resolved library = resolved(words);
            for (const Shape &shape : c.shapes) {
                if (strict && std::ranges::find(shape, 5) == shape.end()) {
                    continue;
                }
                for (const bool params : {true, false}) {
                    const DryCall call(pattern, extents(shape), {}, {.memory = c.memory, .params = params});
                    EXPECT_TRUE(is_served(library, call)) << c.text << to_string(shape) << strict << params;
                }
            }
        }
    }
}

// What was computed at build time holds: a dense call in the order of a line gets a kernel of that line.
TEST(Library, LinesNameTheKernelsOfTheirCalls) {
    ASSERT_NE(std::size(axnorm_default::lines), 0U);
    for (const KernelLine &line : axnorm_default::lines) {
        const Pattern pattern = parse(line.pattern, line.params);
        std::vector<NamedLength> lengths;
        if (pattern.find("g") >= 0 || pattern.find("d") >= 0) {
            // Seven channels: three or four are a block, of which other patterns have kernels too.
            lengths.push_back({pattern.find("g") >= 0 ? "g" : "h", 2});
        }
        const std::vector<std::int64_t> shape(static_cast<std::size_t>(pattern.tensor.rank), 14);
        const DryCall call(pattern, Extents(shape), lengths, {.memory = line.memory, .statistic = line.statistic});
        std::string_view selected = select_kernel(call.layout(), call.operands()).signature;
        selected = selected.substr(0, selected.find('-'));  // a kernel for short rows comes with that for all
        EXPECT_TRUE(std::ranges::any_of(axnorm_default::lines,
                                        [&](const KernelLine &other) {
                                            return other.pattern == line.pattern && other.params == line.params &&
                                                   other.memory == line.memory && other.statistic == line.statistic &&
                                                   other.signature == selected;
                                        }))
            << line.pattern << ", " << line.memory << ": " << selected;
    }
}

// Of a block of two groups several statistic groups share a vector, whatever else would serve with fewer loops.
TEST(Library, BlocksComeFirst) {
    const Pattern group = parse("b (g n) h w -> b g", "(g n)"), batch = parse("b c h w -> c", "c");
    const NamedLength lengths[] = {{"g", 32}};
    for (const std::int64_t b : {1, 8}) {
        for (const bool params : {false, true}) {
            const DryCall groups(group, {b, 128, 9, 9}, lengths, {.memory = "b h w g n", .params = params});
            EXPECT_EQ(select_kernel(groups.layout(), groups.operands()).signature, "krKR4") << b << params;
            const DryCall images(batch, {b, 3, 9, 9}, {}, {.memory = "b h w c", .params = params});
            EXPECT_EQ(select_kernel(images.layout(), images.operands()).signature, "rK3") << b << params;
        }
    }
}

// Names, in the order of registration.
Words registered() {
    Words names;
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        names.emplace_back(library->name());
    }
    return names;
}

TEST(Registry, HoldsEachLibraryOnce) {
    EXPECT_EQ(first_library(), &axnorm_default::library);
    EXPECT_EQ(first_library()->name(), "axnorm_default");
    const Words before = registered();
    Words sorted = before;
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, (Words{"axnorm_default", "cast_norms", "conversion_norms", "fixed_norms"}));
    std::vector<std::thread> threads;
    static const Library late("late", {});
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([] {
            for (int repeat = 0; repeat < 1000; ++repeat) {
                register_library(fixed_norms::library);
                register_library(late);
                register_library(axnorm_default::library);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    Words with_late = before;
    with_late.emplace_back("late");
    EXPECT_EQ(registered(), with_late);
}

}  // namespace
}  // namespace axnorm::test

// The line that a call without a kernel is told to add: a library of that line serves the call.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <optional>
#include <sstream>

#include "axnorm/axnorm.h"
#include "generators/library/resolve.h"
#include "random_case.h"
#include "runtime/planning/kernel_line.h"
#include "runtime/planning/plan.h"

namespace axnorm::test {
namespace {

std::string single_quoted(std::string line) {
    std::ranges::replace(line, '"', '\'');
    return line;
}

// The words that CMake makes of a line.
std::vector<std::string> words_of(const std::string &line) {
    std::istringstream text(line);
    std::vector<std::string> words;
    for (std::string word; text >> std::quoted(word);) {
        words.push_back(word);
    }
    return words;
}

bool serves(const std::vector<std::string> &words, const Layout &layout, const Operands &operands) {
    const build::Resolved library = build::resolve("listed", build::parse_request(words));
    return std::ranges::any_of(library.rows, [&](const build::Row &row) {
        const Kernel kernel{
            row.statistic, row.loops.signature, row.loops.contiguous, row.loops.contiguous_params, row.dtypes, nullptr,
            row.name};
        Plan plan;
        return plan_kernel(kernel, layout, operands, {}, plan) == nullptr;
    });
}

// With any strides: padded, broadcast, of any order, and of y in another one than of x.
TEST(KernelLine, ServesTheCallAndNamesNoMore) {
    int plain = 0, canonical = 0, needless = 0;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        const RandomCase c(seed);
        const Pattern pattern = parse(c.text, c.params);
        const std::vector<NamedLength> lengths = c.named_lengths();
        const Options options = c.options(c.mean, c.rstd);
        const TensorView x = c.x.out(), y = c.y.out();
        const ConstTensorView const_x = x;
        const Operands operands = operands_of(const_x, y, options);
        const Layout layout = make_layout(pattern, operands, lengths);
        const std::string line = kernel_line(pattern, layout, operands, lengths, false);
        std::vector<std::string> words = words_of(line);
        if (layout.elements == 0 || std::ranges::count(layout.all(), false, &Group::kept) > Letters::max_groups) {
            EXPECT_NO_THROW(build::resolve("listed", build::parse_request(words))) << line;
            continue;
        }
        EXPECT_TRUE(serves(words, layout, operands)) << line << "\n" << c.describe();
        const bool is_canonical = words[0] == "CANONICAL";
        ++(is_canonical ? canonical : plain);
        if (is_canonical) {
            words.erase(words.begin());
            needless += serves(words, layout, operands) ? 1 : 0;
        }
    }
    EXPECT_GT(plain, 500);
    EXPECT_GT(canonical, 500);
    EXPECT_LT(10 * needless, canonical);  // kernels for another length happen to serve
}

struct LineCase {
    std::string text, params;
    Extents shape;
    std::optional<Extents> strides;
    DTypePair dtypes;
    Statistic statistic;
    std::string line;  // with ' in place of "
};

TEST(KernelLine, SaysWhatIsNotAsUsual) {
    constexpr DTypePair f32{}, bf16{DType::bfloat16, DType::bfloat16}, cast{DType::bfloat16, DType::float32};
    const Statistic mean_var = Statistic::mean_var;
    const LineCase cases[] = {
        {"b c -> b", "", {8, 64}, {}, f32, mean_var, "KERNEL 'b c -> b'"},
        {" b\n c->b ", " c ", {8, 64}, {}, bf16, mean_var, "KERNEL 'b c->b' PARAMS 'c' DTYPES bfloat16"},
        {"b c -> b",
         "c",
         {8, 64},
         {},
         cast,
         Statistic::rms,
         "KERNEL 'b c -> b' PARAMS 'c' STATISTIC rms DTYPES bfloat16:float32"},
        {"b c -> b", "c", {8, 64}, {}, f32, Statistic::given, "KERNEL 'b c -> b' PARAMS 'c'"},
        {"b c -> b", "c", {8, 64}, {{100, 1}}, f32, mean_var, "KERNEL 'b c -> b' PARAMS 'c'"},
        {"b c -> b", "c", {0, 64}, {{0, 0}}, f32, mean_var, "KERNEL 'b c -> b' PARAMS 'c'"},
        {"b c h w -> c",
         "c",
         {8, 64, 5, 6},
         {{1920, 1, 384, 64}},
         f32,
         mean_var,
         "KERNEL 'b c h w -> c' PARAMS 'c' MEMORY 'b h w c'"},
        {"b (g n) h 1 -> b g",
         "(g n)",
         {8, 64, 5, 1},
         {{320, 1, 64, 9}},
         f32,
         mean_var,
         "KERNEL 'b (g n) h 1 -> b g' PARAMS '(g n)' MEMORY 'b h g n'"},
        {"... c -> ...", "", {2, 3, 64}, {{3, 1, 6}}, f32, mean_var, "KERNEL '... c -> ...' MEMORY 'c ...'"},
        // Padded rows of reduced axes; every other element; more groups than a kernel has.
        {"b h w -> b", "", {8, 5, 6}, {{100, 10, 1}}, f32, mean_var, "CANONICAL KERNEL 'b h w -> b'"},
        {"b c -> b", "", {8, 64}, {{128, 2}}, f32, mean_var, "CANONICAL KERNEL 'b c -> b'"},
        {"a r b s c t d u e -> a b c d e",
         "",
         {2, 2, 2, 2, 2, 2, 2, 2, 2},
         {},
         bf16,
         Statistic::rms,
         "CANONICAL KERNEL 'b c -> b' STATISTIC rms DTYPES bfloat16"},
    };
    alignas(8) char nowhere[8];
    for (const LineCase &c : cases) {
        const ConstTensorView x(nowhere, c.dtypes.x, c.shape, c.strides);
        const TensorView y(nowhere, c.dtypes.y, c.shape, c.strides);
        const NamedLength g("g", 4);
        const std::span<const NamedLength> lengths(&g, c.text.find('g') == std::string::npos ? 0 : 1);
        const Options options{.statistic = c.statistic};
        const Operands operands = operands_of(x, y, options);
        const Pattern pattern = parse(c.text, c.params);
        const Layout layout = make_layout(pattern, operands, lengths);
        EXPECT_EQ(single_quoted(kernel_line(pattern, layout, operands, lengths, false)), c.line);
    }
}

// The last line of each refusal that a kernel would end.
TEST(KernelLine, EndsRefusals) {
    const auto last_line = [](DTypePair dtypes, const Options &options) {
        Tensor x({8, 64}, {}, dtypes.x), y({8, 64}, {}, dtypes.y);
        try {
            normalize("b c -> b", "c", x.view(), y.out(), options);
        } catch (const Error &error) {
            const std::string text = error.what();
            return single_quoted(text.substr(text.rfind('\n') + 1));
        }
        return std::string("accepted");
    };
    EXPECT_EQ(last_line({DType::float32, DType::float16}, {}), "KERNEL 'b c -> b' PARAMS 'c' DTYPES float32:float16");
    EXPECT_EQ(last_line({DType::float32, DType::float16}, {.statistic = Statistic::rms, .canonical = true}),
              "CANONICAL KERNEL 'b c -> b' PARAMS 'c' STATISTIC rms DTYPES float32:float16");
    EXPECT_EQ(last_line({}, {.eps = -1}).find("KERNEL"), std::string::npos);
}

}  // namespace
}  // namespace axnorm::test

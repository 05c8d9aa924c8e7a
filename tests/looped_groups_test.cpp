// Kept groups that a kernel has no letter for, beside one that it has: those of a slice of tokens and heads.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "generators/library/resolve.h"
#include "reference.h"
#include "reference/pattern_reference.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/call/run_planned.h"
#include "runtime/planning/slice.h"
#include "runtime/system/halide_hooks.h"

namespace axnorm::test {
namespace {

struct Case {
    std::string text, params;
    Shape shape;
    Storage storage;  // of x; y has as much room
};

// Each has neighbours of one letter that do not merge: as a letter innermost, outermost, or between others.
const std::vector<Case> &cases() {
    static const std::vector<Case> all = {
        {"t h d -> t h", "d", {37, 5, 64}, {.padding = {0, 3, 0}}},
        {"t h d -> t h", "", {37, 5, 64}, {.padding = {0, 3, 0}}},
        {"t h d -> t h", "d", {300, 6, 64}, {.padding = {0, 3, 0}}},  // which threads share
        {"t h d -> t h", "d", {5, 37, 300}, {.padding = {0, 2, 1}}},
        {"b t h d -> b t h", "d", {3, 7, 4, 48}, {.padding = {0, 1, 1, 2}}},
        {"b t h d -> b t h", "h d", {3, 7, 4, 48}, {.padding = {0, 1, 0, 0}}},
        {"a b c h w -> a b c", "c", {3, 4, 5, 6, 7}, {.padding = {0, 1, 0, 0, 0}}},
        {"a b h w c -> a b c", "c", {3, 4, 6, 5, 33}, {.padding = {0, 1, 0, 0, 0}}},
        {"a b h w c -> a b c", "c", {3, 4, 6, 5, 3}, {.padding = {0, 1, 0, 0, 0}}},
        {"a b h w g n -> a b g", "g n", {2, 3, 6, 5, 4, 4}, {.padding = {0, 1, 0, 0, 0, 0}}},
        {"a b h w g n -> a b g", "g n", {2, 3, 6, 5, 4, 9}, {.padding = {0, 1, 0, 0, 0, 0}}},
        {"n a c -> a c", "a c", {50, 4, 33}, {.padding = {0, 0, 3}}},
        {"n a c -> a c", "", {50, 4, 33}, {.padding = {0, 0, 3}}},
        {"b c a w -> b a w", "c", {3, 20, 4, 7}, {.padding = {0, 0, 0, 2}}},
    };
    return all;
}

// The tensors of a case.
struct Call {
    const Case &of;
    Statistic statistic;
    Tensor x, y, scale, shift, mean, rstd;
    Options options;
    ConstTensorView x_view;
    TensorView y_view;

    Call(const Case &c, Statistic of_statistic, bool given = false)
        : of(c),
          statistic(of_statistic),
          x(c.shape, c.storage),
          y(c.shape, c.storage),
          scale(params_shape(c.text, c.params, c.shape, {})),
          shift(params_shape(c.text, c.params, c.shape, {})),
          mean(right_side_shape(c.text, c.shape, {})),
          rstd(right_side_shape(c.text, c.shape, {})) {
        x.fill(normal(x.count(), 3, 2, 51));
        scale.fill(normal(scale.count(), 1, 1, 52));
        shift.fill(normal(shift.count(), 0, 1, 53));
        options.statistic = given ? Statistic::given : statistic;
        if (!c.params.empty()) {
            options.scale = scale.view();
            options.shift = shift.view();
        }
        if (given) {
            mean.fill(normal(mean.count(), 3, 1, 54));
            rstd.fill(normal(rstd.count(), 1, 0.1, 55));
            options.given_mean = mean.view();
            options.given_rstd = rstd.view();
        } else {
            options.rstd = rstd.out();
            if (statistic != Statistic::rms) {
                options.mean = mean.out();
            }
        }
        x_view = x.view();
        y_view = y.out();
    }
    Operands operands() const { return operands_of(x_view, y_view, options); }
    Layout layout() const { return make_layout(parse(of.text, of.params), operands(), {}); }
};

std::string letters_of(const Kernel &kernel) {
    return build::without_extents(std::string(kernel.signature.substr(0, kernel.signature.find('-'))));
}

// Every linked kernel that is looped over has the bits of one that is not, with one thread and with several.
TEST(LoopedGroups, ChangeNoBit) {
    install_halide_hooks();
    std::map<std::string, int> looped;
    for (const Case &c : cases()) {
        for (const auto &[statistic, given] : {std::pair(Statistic::mean_var, false), std::pair(Statistic::rms, false),
                                               std::pair(Statistic::mean_var, true)}) {
            Call canonical(c, statistic, given);
            canonical.options.canonical = true;
            normalize(c.text, c.params, canonical.x_view, canonical.y_view, canonical.options);
            const Call planned(c, statistic, given);
            const Layout layout = planned.layout();
            for (const Kernel *kernel : kernels()) {
                Plan plan;
                if (kernel->canonical() ||
                    plan_kernel(*kernel, layout, planned.operands(), this_machine(Device::cpu), plan) != nullptr ||
                    !plan.is_looped()) {
                    continue;
                }
                ++looped[letters_of(*kernel)];
                for (const int threads : {1, 3}) {
                    Call call(c, statistic, given);
                    call.options.parallel.threads = threads;
                    run_planned(layout, plan, call.operands(), call.options);
                    EXPECT_TRUE(same_bits(call.y.get(), canonical.y.get())) << c.text << ' ' << kernel->name;
                    EXPECT_TRUE(same_bits(call.rstd.get(), canonical.rstd.get())) << c.text << ' ' << kernel->name;
                    EXPECT_TRUE(same_bits(call.mean.get(), canonical.mean.get())) << c.text << ' ' << kernel->name;
                    EXPECT_TRUE(call.y.guards_intact() && call.rstd.guards_intact() && call.mean.guards_intact());
                }
            }
        }
    }
    // Baseline x86-64 has canonical kernels in place of the others.
    const bool is_baseline = std::string_view(cpu_isa()) == "baseline";
    for (const char *letters : {"kr", "krK", "krKR", "kR", "kKR", "kKr", "rK", "kRk"}) {
        EXPECT_TRUE(looped[letters] > 0 || is_baseline) << letters;
    }
    EXPECT_GT(looped["kr"], 0);
}

// The signature of the kernel that a library of these words has for the call, of the least cost; "none".
std::string chosen(const std::vector<std::string> &words, const Call &call) {
    const build::Resolved library = build::resolve("my_norms", build::parse_request(words));
    std::string best = "none";
    int least = INT32_MAX;
    for (const build::Row &row : library.rows) {
        const Kernel kernel{
            row.statistic, row.loops.signature, row.loops.contiguous, row.loops.contiguous_params, row.dtypes, nullptr,
            row.name};
        const Candidate candidate = judge(kernel, call.layout(), call.operands(), this_machine(Device::cpu));
        if (candidate.refused == nullptr && candidate.cost < least) {
            least = candidate.cost;
            best = row.loops.signature;
        }
    }
    return best;
}

TEST(LoopedGroups, AreServedByALibraryOfTheirPattern) {
    using Words = std::vector<std::string>;
    const Case heads = cases()[0], batches = cases()[4], channels = cases()[7];
    const Call slice(heads, Statistic::mean_var), four(batches, Statistic::mean_var),
        images(channels, Statistic::mean_var);
    const Words rows = {"KERNEL", "b c -> b", "PARAMS", "c"};
    EXPECT_EQ(slice.layout().signature(), "kkR");
    EXPECT_EQ(four.layout().signature(), "kkkR");
    EXPECT_EQ(chosen(rows, slice), "kR-128");
    EXPECT_EQ(chosen(rows, four), "kR-128");
    EXPECT_EQ(chosen({"KERNEL", "t h d -> t h", "PARAMS", "d"}, slice), "kR-128");
    EXPECT_EQ(chosen({"KERNEL", "b h w c -> b c", "PARAMS", "c"}, images), "krK");
    // Before a canonical one, which serves what is of no pattern of the library; and behind one with all letters.
    const Words beside = {"CANONICAL", "KERNEL", "b c -> b", "PARAMS", "c"};
    EXPECT_EQ(chosen(beside, slice), "kR-128");
    EXPECT_EQ(chosen(beside, images), "rrrrKKKK");
    EXPECT_EQ(chosen({"KERNEL", "b c -> b", "PARAMS", "c", "KERNEL", "b t h d -> b t h", "PARAMS", "h d"}, slice),
              "kKR-128");
    // Kept groups of another letter, or behind a reduced one, are of another pattern.
    const Case other = {"t h d -> t h", "h d", {37, 5, 64}, {}};
    const Call params(other, Statistic::mean_var);
    EXPECT_EQ(params.layout().signature(), "kKR");
    EXPECT_EQ(chosen({"KERNEL", "h d -> h", "PARAMS", "h d"}, params), "none");
    EXPECT_EQ(chosen(rows, images), "none");
    // A length that was asked for is of all neighbours.
    EXPECT_EQ(chosen({"KERNEL", "b c -> b", "PARAMS", "c", "EXTENTS", "b=37", "STRICT"}, slice), "none");
    EXPECT_EQ(chosen({"KERNEL", "b c -> b", "PARAMS", "c", "EXTENTS", "c=64", "STRICT"}, slice), "kR64");
}

// The longest of the neighbours has the letter, or the one whose stride the kernel asks for.
TEST(LoopedGroups, AreTheShortestOnes) {
    const auto looped = [](const Case &c, std::string_view signature) {
        const Call call(c, Statistic::mean_var);
        const Kernel kernel{Statistic::mean_var, signature, true, true, {}, nullptr, "kernel"};
        const Layout layout = call.layout();
        Plan plan;
        EXPECT_EQ(plan_kernel(kernel, layout, call.operands(), this_machine(Device::cpu), plan), nullptr);
        std::string extents;
        for (int i = kernel.letters.kept_count; i < plan.kept_count; ++i) {
            extents +=
                std::to_string(layout.groups[static_cast<std::size_t>(plan.kept[static_cast<std::size_t>(i)])].extent) +
                ' ';
        }
        return extents;
    };
    EXPECT_EQ(looped(cases()[1], "kR"), "5 ");
    EXPECT_EQ(looped(cases()[3], "kR"), "5 ");
    EXPECT_EQ(looped(cases()[4], "kR"), "4 3 ");
    EXPECT_EQ(looped(cases()[4], "kKR"), "3 ");
    EXPECT_EQ(looped(cases()[12], "rk"), "4 ");
    EXPECT_EQ(looped({"n a c -> a c", "", {50, 33, 4}, {.padding = {0, 0, 3}}}, "rk"), "33 ");
}

}  // namespace
}  // namespace axnorm::test

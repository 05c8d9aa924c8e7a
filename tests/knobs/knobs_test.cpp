// Knobs: they are declared well, read as they are written, and kernels that differ in them give the same bits.
#include <gtest/gtest.h>
#include <knob_norms.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "reference/tensors.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/cli/choice.h"
#include "runtime/cpu/launch.h"
#include "runtime/cpu/streaming.h"
#include "runtime/language/described_call.h"
#include "runtime/planning/costs.h"
#include "runtime/planning/plan.h"
#include "runtime/system/halide_hooks.h"
#include "runtime/system/isa.h"
#include "schedules/knobs/families.h"

namespace axnorm::test {
namespace {

using codegen::Family;
using codegen::Knob;
using codegen::KnobValues;

std::vector<const Family *> all_families() {
    std::vector<const Family *> all;
    for (const Device device : {Device::cpu, Device::cuda}) {
        const auto &families = codegen::families_of(device);
        all.insert(all.end(), families.begin(), families.end());
    }
    return all;
}

TEST(Knobs, AreDeclaredWell) {
    EXPECT_EQ(all_families().size(), 7u);
    for (const Family *family : all_families()) {
        EXPECT_FALSE(family->knobs().empty()) << family->name();
        for (const Knob &knob : family->knobs()) {
            SCOPED_TRACE(family->name() + ", " + knob.name);
            EXPECT_NE(std::ranges::find(knob.legal, knob.default_value), knob.legal.end());
            EXPECT_GE(knob.legal.size(), 2u);
            EXPECT_EQ(std::set(knob.legal.begin(), knob.legal.end()).size(), knob.legal.size());
            EXPECT_TRUE(std::ranges::is_sorted(knob.legal));
            EXPECT_EQ(knob.meaning.find('"'), std::string::npos);
            EXPECT_EQ(std::ranges::count(family->knobs(), knob.name, &Knob::name), 1);
        }
        EXPECT_TRUE(std::ranges::is_sorted(family->knobs(), {}, &Knob::name));
    }
}

TEST(Knobs, AreReadAsTheyAreWritten) {
    const Family &family = codegen::family_for(Letters("kR"), Device::cpu);
    EXPECT_EQ(family.name(), "reduced_innermost");
    const auto canonical = [&](const std::string &text) { return codegen::text_of(family.parse(text, "kR")); };
    EXPECT_EQ(canonical(""), "");
    EXPECT_EQ(canonical("rows:4"), "rows:4");
    EXPECT_EQ(canonical("rows:4,batch_elements:4096"), "batch_elements:4096,rows:4");
    EXPECT_EQ(canonical("rows:8,batch_elements:4096"), "batch_elements:4096");  // 8 is the default
    EXPECT_EQ(codegen::family_for(Letters("kR-128"), Device::cpu).name(), "short_rows");
    EXPECT_EQ(codegen::family_for(Letters("kR-128"), Device::cuda).name(), "device_groups");
}

TEST(Knobs, RefusalsNameWhatIsLegal) {
    const Family &family = codegen::family_for(Letters("kR"), Device::cpu);
    const std::pair<const char *, const char *> cases[] = {
        {"row:4", "there is no knob 'row'"},
        {"batch_rows:16", "there is no knob 'batch_rows'"},  // of short_rows
        {"rows:3", "knob 'rows' of family reduced_innermost is 3; legal are 1, 2, 4, 8, 16"},
        {"rows:-4", "knob 'rows' of family reduced_innermost is -4"},
        {"rows:4,rows:4", "knob 'rows' is given twice"},
        {"rows", "they are written <knob>:<value>"},
        {"rows:", "they are written <knob>:<value>"},
        {":4", "they are written <knob>:<value>"},
        {"rows:4,", "they are written <knob>:<value>"},
        {",rows:4", "they are written <knob>:<value>"},
        {"rows:4;batch_elements:4096", "they are written <knob>:<value>"},
        {"rows:99999999999", "they are written <knob>:<value>"},
        {"rows: 4", "they are written <knob>:<value>"},
    };
    for (const auto &[text, expected] : cases) {
        try {
            family.parse(text, "kR");
            ADD_FAILURE() << text << " is accepted";
        } catch (const std::invalid_argument &error) {
            const std::string message = error.what();
            EXPECT_NE(message.find(expected), std::string::npos) << message;
            EXPECT_NE(message.find("Signature 'kR' is served by family reduced_innermost"), std::string::npos)
                << message;
            EXPECT_NE(message.find("rows: 1, 2, 4, 8, 16"), std::string::npos) << message;
        }
    }
}

// A call of one kernel.
struct KnobCall {
    Tensor x, y, scale, shift, mean, rstd;

    KnobCall(const Shape &shape, const Shape &params, const Shape &statistics, std::uint64_t seed)
        : x(shape), y(shape), scale(params), shift(params), mean(statistics), rstd(statistics) {
        x.fill(normal(x.count(), 3, 2, seed));
        scale.fill(normal(scale.count(), 1, 0.5, seed + 1));
        shift.fill(normal(shift.count(), 0, 1, seed + 2));
    }

    // False where the kernel does not serve such calls.
    bool run(const Kernel &kernel, const Pattern &pattern, Stores stores, int threads) {
        Options options{.scale = scale.view(), .shift = shift.view(), .stores = stores};
        options.mean = mean.out();
        options.rstd = rstd.out();
        options.parallel.threads = threads;
        const ConstTensorView in = x.view();
        const TensorView out = y.out();
        const Operands operands = operands_of(in, out, options);
        const Layout layout = make_layout(pattern, operands, {});
        Plan plan;
        if (plan_kernel(kernel, layout, operands, this_machine(Device::cpu), plan) != nullptr) {
            return false;
        }
        launch(Slice(plan, layout), operands, options);
        return true;
    }

    bool operator==(const KnobCall &other) const {
        return same_bits(y.get(), other.y.get()) && same_bits(mean.get(), other.mean.get()) &&
               same_bits(rstd.get(), other.rstd.get());
    }
};

static_assert(stores_of("") == Stores::automatic && stores_of("rows:2,stored_lanes:2") == Stores::automatic);
static_assert(stores_of("stores:1") == Stores::streaming && stores_of("rows:2,stores:2,sum_steps:2") == Stores::cached);

// The call decides, then the kernel, then the size.
TEST(Knobs, StoresOfAKernelAreForCallsThatLeaveThemOpen) {
    const Tensor x({4, 8}), y({4, 8});
    const ConstTensorView in = x.view();
    const TensorView out = y.out(), in_place = x.out();
    const Options options;
    const Operands apart = operands_of(in, out, options), same = operands_of(in, in_place, options);
    const std::int64_t large = last_level_cache();
    for (const std::int64_t elements : {std::int64_t{32}, large}) {
        EXPECT_TRUE(is_streamed(apart, Stores::streaming, Stores::cached, elements, 1));
        EXPECT_FALSE(is_streamed(apart, Stores::cached, Stores::streaming, elements, 1));
        EXPECT_TRUE(is_streamed(apart, Stores::automatic, Stores::streaming, elements, 1));
        EXPECT_FALSE(is_streamed(apart, Stores::automatic, Stores::cached, elements, 1));
        EXPECT_EQ(is_streamed(apart, Stores::automatic, Stores::automatic, elements, 1), elements == large);
        EXPECT_EQ(is_streamed(apart, Stores::automatic, Stores::streaming, elements, 2), elements == large);
        EXPECT_FALSE(is_streamed(same, Stores::automatic, Stores::streaming, elements, 1));
    }
    for (const Kernel *kernel : kernels()) {
        EXPECT_EQ(kernel->stores, stores_of(kernel->knobs)) << kernel->name;
    }
}

// The kernel of the same signature whose knobs are the defaults.
const Kernel *usual(const Kernel &kernel) {
    for (const Kernel *other : kernels()) {
        if (other->knobs.empty() && other->signature == kernel.signature && other->contiguous == kernel.contiguous &&
            other->contiguous_params == kernel.contiguous_params) {
            return other;
        }
    }
    return nullptr;
}

struct PatternShapes {
    const char *text, *params;
    std::vector<Shape> shapes;
};

const PatternShapes patterns[] = {
    // One row and more than a batch; short rows, rows of one block and of several.
    {"b c -> b",
     "c",
     {{131, 7}, {67, 24}, {70, 64}, {37, 128}, {19, 200}, {9, 1000}, {5, 4100}, {2, 9001}, {1, 40000}}},
    {"b c -> c", "c", {{7, 3}, {300, 3}, {5000, 3}}},
    {"b h g n -> b g",
     "g n",
     {{2, 9, 5, 4},
      {3, 40, 12, 20},
      {1, 200, 32, 32},
      {2, 30, 7, 40},
      {1, 50, 9, 130},
      {2, 30, 9, 1},
      {1, 33, 300, 1},
      {2, 60, 1030, 1}}},
};

Shape shape_of_statistics(std::string_view pattern, const Shape &shape) {
    return pattern == "b c -> b"   ? Shape{shape[0]}
           : pattern == "b c -> c" ? Shape{shape[1]}
                                   : Shape{shape[0], shape[2]};
}

TEST(Knobs, ChangeNoBit) {
    install_halide_hooks();
    std::set<std::string> tested;  // of families
    for (const Kernel *kernel : kernels()) {
        if (kernel->knobs.empty() || kernel->tuned_for.exists()) {  // these serve some sizes alone
            continue;
        }
        SCOPED_TRACE(kernel->name);
        const Kernel *twin = usual(*kernel);
        ASSERT_NE(twin, nullptr);
        for (const PatternShapes &p : patterns) {
            const Pattern pattern = parse(p.text, p.params);
            for (const Shape &shape : p.shapes) {
                const Shape params(shape.end() - static_cast<std::ptrdiff_t>(pattern.params.rank), shape.end());
                const Shape statistics = shape_of_statistics(p.text, shape);
                for (const Stores stores : {Stores::cached, Stores::streaming}) {
                    for (const int threads : {1, 3}) {
                        KnobCall one(shape, params, statistics, 11), other(shape, params, statistics, 11);
                        if (one.run(*twin, pattern, stores, threads)) {
                            ASSERT_TRUE(other.run(*kernel, pattern, stores, threads));
                            EXPECT_TRUE(one == other) << to_string(shape) << ", threads: " << threads;
                            EXPECT_TRUE(other.y.guards_intact() && other.mean.guards_intact());
                            tested.insert(codegen::family_for(kernel->letters, Device::cpu).name());
                        }
                    }
                }
            }
        }
    }
    const bool has_all = instruction_set() != InstructionSet::baseline;  // which has no short rows and no channels
    EXPECT_EQ(tested.size(), has_all ? 6u : 4u);
}

TEST(Knobs, AreInTheRegistry) {
    const auto named = [](std::string_view name) {
        const auto all = kernels();
        const auto found = std::ranges::find_if(all, [&](const Kernel *kernel) { return kernel->name == name; });
        return found == all.end() ? nullptr : *found;
    };
    const Kernel *usual_rows = named("knob_norms_mean_var_kR_f32");
    const Kernel *rows = named(
        "knob_norms_mean_var_kR_f32_backward_1_batch_elements_1024_row_vector_16_rows_2_stored_lanes_4_stores_2_stream_"
        "tile_256_sum_steps_2");
    ASSERT_TRUE(usual_rows != nullptr && rows != nullptr);
    EXPECT_EQ(usual_rows->knobs, "");
    EXPECT_EQ(
        rows->knobs,
        "backward:1,batch_elements:1024,row_vector:16,rows:2,stored_lanes:4,stores:2,stream_tile:256,sum_steps:2");
    EXPECT_NE(usual_rows->function, rows->function);
    EXPECT_EQ(cost_of(*usual_rows), cost_of(*rows));

    const DryCall call(parse("b c -> b", "c"), {64, 1000}, {}, {});
    const Layout layout = call.layout();
    EXPECT_EQ(make_plan(layout, call.operands(), this_machine(Device::cpu), false).kernel,
              usual_rows);  // the first of equals
    Plan plan;
    ASSERT_EQ(plan_kernel(*rows, layout, call.operands(), this_machine(Device::cpu), plan), nullptr);
    cli::Document document;
    cli::add_choice(document, call, layout, plan, false);
    const std::string explained = document.print(cli::Format::text);
    EXPECT_NE(explained.find("\nknobs            backward:1,batch_elements:1024,row_vector:16,"), std::string::npos)
        << explained;
}

}  // namespace
}  // namespace axnorm::test

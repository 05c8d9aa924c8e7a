// The table of operands, and the check of what a kernel's object says of its arguments.
#include <HalideRuntime.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "runtime/halide/registration.h"
#include "runtime/language/operand_table.h"
#include "runtime/language/operands.h"

namespace axnorm::test {
namespace {

std::vector<std::string> names_of(const KernelForm &form) {
    std::vector<std::string> names;
    for (const ArgumentRow &row : argument_rows) {
        if (row.exists(form)) {
            names.emplace_back(row.name);
        }
    }
    return names;
}

// The order that compiled kernels have: a change here is another ABI.
TEST(OperandTable, OrdersArguments) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(names_of({.statistic = Statistic::mean_var, .in_parts = true, .streams = true}),
              (Names{"x", "scale", "shift", "has_scale", "has_shift", "eps", "given", "given_mean", "given_rest",
                     "given_rstd", "length", "stream", "y_out", "mean_out", "rstd_out", "summed_out"}));
    EXPECT_EQ(
        names_of({.statistic = Statistic::rms, .streams = true, .has_channels = true}),
        (Names{"x", "scale", "shift", "has_scale", "has_shift", "eps", "stream", "group_length", "y_out", "rstd_out"}));
    EXPECT_EQ(names_of({.statistic = Statistic::given, .on_device = true}),
              (Names{"x", "scale", "shift", "has_scale", "has_shift", "eps", "given_mean", "given_rstd", "has_mean",
                     "y_out"}));
    EXPECT_EQ(names_of({.statistic = Statistic::mean_var, .on_device = true}),
              (Names{"x", "scale", "shift", "has_scale", "has_shift", "eps", "has_mean", "has_rstd", "y_out",
                     "mean_out", "rstd_out"}));
}

// Each tensor of Options is of a role, and every role but x and y has one.
TEST(OperandTable, OptionsHaveEveryRole) {
    std::set<Role> roles;
    Options options;
    std::set<const void *> places;
    for (const TensorOption &option : tensor_options) {
        roles.insert(option.role);
        places.insert(&option.of(options));
    }
    EXPECT_EQ(places.size(), tensor_options.size());
    for (const RoleRow &row : role_rows) {
        EXPECT_NE(roles.contains(row.role), row.required) << row.name;
    }
}

// What Halide would say of a layer norm kernel "kR" for float32, written out by hand.
std::vector<halide_filter_argument_t> arguments_of_rows() {
    constexpr halide_type_t f32 = halide_type_of<float>(), boolean = halide_type_of<bool>();
    const auto argument = [](const char *name, halide_argument_kind_t kind, int dimensions, halide_type_t type) {
        halide_filter_argument_t made{};
        made.name = name;
        made.kind = kind;
        made.dimensions = dimensions;
        made.type = type;
        return made;
    };
    const auto input = [&](const char *name, int dimensions, halide_type_t type) {
        return argument(name, halide_argument_kind_input_buffer, dimensions, type);
    };
    const auto scalar = [&](const char *name, halide_type_t type) {
        return argument(name, halide_argument_kind_input_scalar, 0, type);
    };
    const auto output = [&](const char *name, int dimensions, halide_type_t type) {
        return argument(name, halide_argument_kind_output_buffer, dimensions, type);
    };
    return {scalar("__user_context", halide_type_of<void *>()),
            input("x", 2, f32),
            input("scale", 1, f32),
            input("shift", 1, f32),
            scalar("has_scale", boolean),
            scalar("has_shift", boolean),
            scalar("eps", halide_type_of<double>()),
            scalar("given", boolean),
            input("given_mean", 1, f32),
            input("given_rest", 1, f32),
            input("given_rstd", 1, f32),
            scalar("length", halide_type_of<std::int32_t>()),
            scalar("stream", boolean),
            output("y_out", 2, f32),
            output("mean_out", 1, f32),
            output("rstd_out", 1, f32),
            output("summed_out", 2, halide_type_of<double>())};
}

halide_filter_metadata_t described{};

const halide_filter_metadata_t *metadata_of_rows() {
    return &described;
}

int no_kernel(void **) {
    return 0;
}

// The message, or "" where the library is accepted.
std::string refusal_of(const std::vector<halide_filter_argument_t> &of_object) {
    static constexpr Kernel kernels[] = {
        {Statistic::mean_var, "kR", true, true, {DType::float32, DType::float32}, no_kernel, "rows"}};
    static constexpr Library::Metadata metadata[] = {metadata_of_rows};
    described.num_arguments = static_cast<std::int32_t>(of_object.size());
    described.arguments = of_object.data();
    const Library library("by_hand", kernels, metadata);
    try {
        check_arguments(library);
        return "";
    } catch (const Error &error) {
        return error.what();
    }
}

TEST(Registration, AcceptsTheArgumentsOfTheTable) {
    EXPECT_EQ(refusal_of(arguments_of_rows()), "");
}

TEST(Registration, RefusesOtherArguments) {
    using Arguments = std::vector<halide_filter_argument_t>;
    const auto changed = [](const auto &change) {
        Arguments arguments = arguments_of_rows();
        change(arguments);
        return refusal_of(arguments);
    };
    const std::string swapped = changed([](Arguments &a) { std::swap(a[2], a[3]); });
    EXPECT_NE(swapped.find("library by_hand, kernel rows: argument 2 is 'shift', expected is 'scale'"),
              std::string::npos)
        << swapped;
    EXPECT_NE(changed([](Arguments &a) { a.pop_back(); }).find("16 is 'none', expected is 'summed_out'"),
              std::string::npos);
    EXPECT_NE(changed([](Arguments &a) { a.push_back(a.back()); }).find("17 is 'summed_out', expected is 'none'"),
              std::string::npos);
    EXPECT_NE(changed([](Arguments &a) { a[1].dimensions = 3; }), "");
    EXPECT_NE(changed([](Arguments &a) { a[1].type = halide_type_of<double>(); }), "");
    EXPECT_NE(changed([](Arguments &a) { a[4].kind = halide_argument_kind_input_buffer; }), "");
    EXPECT_NE(changed([](Arguments &a) { a[9].name = "residual"; }), "");
}

}  // namespace
}  // namespace axnorm::test

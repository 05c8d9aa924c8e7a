#include "registration.h"

#include <HalideRuntime.h>

#include <string>
#include <string_view>

#include "runtime/language/operand_table.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/registry.h"
#include "stored_type.h"

namespace axnorm {
namespace {

// What the table of operands says of an argument of a kernel.
struct Expected {
    std::string_view name;
    int kind, dimensions;
    halide_type_t type;

    Expected(const ArgumentRow &row, const Kernel &kernel) : name(row.name) {
        const KernelForm form = kernel_form(kernel);
        kind = row.kind == ArgumentKind::input    ? halide_argument_kind_input_buffer
               : row.kind == ArgumentKind::output ? halide_argument_kind_output_buffer
                                                  : halide_argument_kind_input_scalar;
        dimensions = is_tensor(row) ? dimensions_of(row, kernel.letters, form) : 0;
        type = row.kind == ArgumentKind::flag     ? halide_type_of<bool>()
               : row.kind == ArgumentKind::number ? halide_type_of<double>()
               : row.kind == ArgumentKind::count  ? halide_type_of<std::int32_t>()
                                                  : type_of(row, kernel);
    }

    bool is(const halide_filter_argument_t &argument) const {
        return name == argument.name && argument.kind == kind && argument.dimensions == dimensions &&
               argument.type == type;
    }

  private:
    // Aligned kernels of devices see two elements of 16 bits as one word, along the innermost group.
    static halide_type_t type_of(const ArgumentRow &row, const Kernel &kernel) {
        const Letters &letters = kernel.letters;
        const DType dtype = dtype_of(row, kernel.dtypes, kernel.params_dtype);
        const bool has_innermost =
            row.axes == Axes::all || (row.axes == Axes::params && !letters.kept_innermost && letters.reduced[0]);
        return kernel.aligned && size_of(dtype) == 2 && has_innermost ? halide_type_of<std::uint32_t>()
                                                                      : stored_type(dtype);
    }
};

// `number` counts from 1, behind user_context; `found` and `expected` are names of arguments, or "none".
[[noreturn, gnu::cold]] void refuse(const Library &library, const Kernel &kernel, int number, const char *found,
                                    const char *expected) {
    static constexpr std::string_view advice =
        ". Its object was compiled by another version of axnorm than the program's: build the library and the program "
        "anew";
    throw Error(concat({"library ", library.name(), ", kernel ", kernel.name, ": argument ", std::to_string(number),
                        " is '", found, "', expected is '", expected, "', of its dimensions and type", advice}),
                ErrorCode::unsupported);
}

void check(const Library &library, const Kernel &kernel, const halide_filter_metadata_t &metadata) {
    const ArgumentSet set = arguments_of(kernel_form(kernel));
    const auto found = [&](int i) { return i < metadata.num_arguments ? metadata.arguments[i].name : "none"; };
    int next = 1;
    for (const ArgumentRow &row : argument_rows) {
        if (contains(set, row.argument)) {
            if (next >= metadata.num_arguments || !Expected(row, kernel).is(metadata.arguments[next])) {
                refuse(library, kernel, next, found(next), row.name);
            }
            ++next;
        }
    }
    if (next != metadata.num_arguments) {
        refuse(library, kernel, next, found(next), "none");
    }
}

}  // namespace

void check_arguments(const Library &library) {
    for (std::size_t i = 0; i < library.metadata().size(); ++i) {
        check(library, library.kernels()[i], *library.metadata()[i]());
    }
}

// noexcept: what is thrown ends the program, with its message, before it calls a kernel.
bool register_library(const Library &library) noexcept {  // NOLINT(bugprone-exception-escape)
    check_arguments(library);
    append_library(library);
    return true;
}

}  // namespace axnorm

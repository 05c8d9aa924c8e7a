// The table of operands: every tensor of a call, and every argument of a kernel. Generators, calls, checks, strides, C
// options and explanations follow it.
//
// A tensor of a call has a role. A kernel's argument is a tensor, or a number; it is there for some kernels only. A row
// of `argument_rows` is one, in the order in which kernels take them, inputs before outputs, behind user_context. To
// add an operand: a Role and its row, rows for its arguments, and its formula in generators/cpu/algorithm.cpp and
// generators/device/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "axnorm/dtype.h"
#include "axnorm/kernel.h"
#include "axnorm/signature.h"

namespace axnorm {

// In the order in which strides are kept.
enum Role : std::uint8_t { role_x, role_y, role_scale, role_shift, role_mean, role_rstd, role_count };

// Which axes of x index a tensor.
enum class Axes : std::uint8_t { all, params, kept };

// Of statistics: float32, or float64 where x is. Params have that dtype or that of x.
enum class DTypeRule : std::uint8_t { x, y, statistics, params, float64 };

enum class Access : std::uint8_t {
    read,
    written,
    written_unless_given,  // read by Statistic::given
};

struct RoleRow {
    Role role;
    const char *name;
    Axes axes;
    DTypeRule dtype;
    Access access;
    bool required;
};

inline constexpr std::array<RoleRow, role_count> role_rows = {{
    {role_x, "x", Axes::all, DTypeRule::x, Access::read, true},
    {role_y, "y", Axes::all, DTypeRule::y, Access::written, true},
    {role_scale, "scale", Axes::params, DTypeRule::params, Access::read, false},
    {role_shift, "shift", Axes::params, DTypeRule::params, Access::read, false},
    {role_mean, "mean", Axes::kept, DTypeRule::statistics, Access::written_unless_given, false},
    {role_rstd, "rstd", Axes::kept, DTypeRule::statistics, Access::written_unless_given, false},
}};

constexpr const RoleRow &row_of(Role role) {
    return role_rows[role];
}
constexpr bool is_written(Role role, Statistic statistic) {
    const Access access = role_rows[role].access;
    return access == Access::written || (access == Access::written_unless_given && statistic != Statistic::given);
}
constexpr bool is_indexed(Role role, bool kept, bool params) {
    const Axes axes = role_rows[role].axes;
    return axes == Axes::all || (axes == Axes::kept ? kept : params);
}

// Tensors that params index, counted from 0 in the order of their rows.
constexpr int params_index(Role role) {
    int index = 0;
    for (std::size_t i = 0; i < role; ++i) {
        index += role_rows[i].axes == Axes::params ? 1 : 0;
    }
    return index;
}
inline constexpr std::size_t params_count = static_cast<std::size_t>(params_index(role_count));

// What decides which arguments a kernel has.
struct KernelForm {
    Statistic statistic = Statistic::mean_var;
    bool on_device = false;
    bool in_parts = false;      // takes and gives what parts of groups sum up to
    bool streams = false;       // y may go past the caches
    bool has_channels = false;  // Letters::has_channels()

    constexpr bool has_mean() const { return statistic == Statistic::mean_var; }
    constexpr bool is_given() const { return statistic == Statistic::given; }
};

// Those that axnorm_add_library() compiles.
constexpr KernelForm kernel_form(const Kernel &kernel) {
    const bool on_device = kernel.device != Device::cpu;
    return {kernel.statistic, on_device, !on_device && kernel.letters.most == 0, !on_device,
            !on_device && kernel.letters.has_channels()};
}

enum Argument : std::uint8_t {
    argument_x,
    argument_scale,
    argument_shift,
    argument_has_scale,
    argument_has_shift,
    argument_eps,
    argument_given,
    argument_given_mean,
    argument_given_rest,
    argument_given_rstd,
    argument_length,
    argument_has_mean,
    argument_has_rstd,
    argument_stream,
    argument_group_length,
    argument_y,
    argument_mean,
    argument_rstd,
    argument_summed,
    argument_count
};

enum class ArgumentKind : std::uint8_t { input, output, flag, number, count };  // tensors; bool, double, int32

// Dimensions of a tensor inside of those of its axes.
enum class Inner : std::uint8_t {
    none,
    numbers,         // one: what is summed up of a part
    units_on_device  // two of length 1, on devices
};

struct ArgumentRow {
    Argument argument;
    const char *name;
    ArgumentKind kind;
    Role role;  // the tensor, or whose presence a flag tells; role_count: none of the call's
    Axes axes;  // of tensors
    DTypeRule dtype;
    Inner inner;
    bool (*exists)(const KernelForm &form);
};

namespace detail {

constexpr bool always(const KernelForm &) {
    return true;
}
constexpr bool in_parts(const KernelForm &form) {
    return form.in_parts;
}

// A tensor of the call, of the axes and dtype of its role.
constexpr ArgumentRow tensor(Argument argument, const char *name, ArgumentKind kind, Role role,
                             bool (*exists)(const KernelForm &), Inner inner = Inner::none) {
    return {argument, name, kind, role, role_rows[role].axes, role_rows[role].dtype, inner, exists};
}
// Whether a tensor is there.
constexpr ArgumentRow presence(Argument argument, const char *name, Role role, bool (*exists)(const KernelForm &)) {
    return {argument, name, ArgumentKind::flag, role, {}, {}, Inner::none, exists};
}
constexpr ArgumentRow scalar(Argument argument, const char *name, ArgumentKind kind,
                             bool (*exists)(const KernelForm &)) {
    return {argument, name, kind, role_count, {}, {}, Inner::none, exists};
}

}  // namespace detail

// clang-format off: a row a line.
inline constexpr std::array<ArgumentRow, argument_count> argument_rows = {{
    detail::tensor(argument_x, "x", ArgumentKind::input, role_x, detail::always),
    detail::tensor(argument_scale, "scale", ArgumentKind::input, role_scale, detail::always),
    detail::tensor(argument_shift, "shift", ArgumentKind::input, role_shift, detail::always),
    detail::presence(argument_has_scale, "has_scale", role_scale, detail::always),
    detail::presence(argument_has_shift, "has_shift", role_shift, detail::always),
    detail::scalar(argument_eps, "eps", ArgumentKind::number, detail::always),
    // Where `given`, the statistics are these, and nothing is summed. `rest` is what (x - mean) * rstd lacks, since the
    // mean was rounded.
    detail::scalar(argument_given, "given", ArgumentKind::flag, detail::in_parts),
    detail::tensor(
        argument_given_mean, "given_mean", ArgumentKind::input, role_mean,
        [](const KernelForm &form) { return form.on_device ? form.is_given() : form.in_parts && form.has_mean(); }),
    {argument_given_rest, "given_rest", ArgumentKind::input, role_count, Axes::kept, DTypeRule::statistics, Inner::none,
     [](const KernelForm &form) { return form.in_parts && form.has_mean(); }},
    detail::tensor(argument_given_rstd, "given_rstd", ArgumentKind::input, role_rstd,
                   [](const KernelForm &form) { return form.on_device ? form.is_given() : form.in_parts; }),
    // The extent of the innermost reduced group, of which x may be a part.
    detail::scalar(argument_length, "length", ArgumentKind::count, detail::in_parts),
    // Whether mean and rstd are asked for, or given: on the CPU they are always written, perhaps to one element.
    detail::presence(argument_has_mean, "has_mean", role_mean,
                     [](const KernelForm &form) { return form.on_device && form.statistic != Statistic::rms; }),
    detail::presence(argument_has_rstd, "has_rstd", role_rstd,
                     [](const KernelForm &form) { return form.on_device && !form.is_given(); }),
    detail::scalar(argument_stream, "stream", ArgumentKind::flag, [](const KernelForm &form) { return form.streams; }),
    // Channels of a group, where the two are one group to the kernel.
    detail::scalar(argument_group_length, "group_length", ArgumentKind::count,
                   [](const KernelForm &form) { return form.has_channels; }),
    detail::tensor(argument_y, "y_out", ArgumentKind::output, role_y, detail::always),
    detail::tensor(
        argument_mean, "mean_out", ArgumentKind::output, role_mean,
        [](const KernelForm &form) { return form.has_mean(); }, Inner::units_on_device),
    detail::tensor(
        argument_rstd, "rstd_out", ArgumentKind::output, role_rstd,
        [](const KernelForm &form) { return !form.is_given(); }, Inner::units_on_device),
    {argument_summed, "summed_out", ArgumentKind::output, role_count, Axes::kept, DTypeRule::float64, Inner::numbers,
     detail::in_parts},
}};
// clang-format on

// A bit for each argument that such kernels have.
using ArgumentSet = std::uint32_t;
static_assert(argument_count <= 32);

constexpr ArgumentSet arguments_of(const KernelForm &form) {
    ArgumentSet set = 0;
    for (const ArgumentRow &row : argument_rows) {
        set |= row.exists(form) ? ArgumentSet{1} << row.argument : 0;
    }
    return set;
}

constexpr bool contains(ArgumentSet set, Argument argument) {
    return (set >> argument & 1) != 0;
}

constexpr bool is_tensor(const ArgumentRow &row) {
    return row.kind == ArgumentKind::input || row.kind == ArgumentKind::output;
}

// The dimensions of a tensor, as kernels of this signature have it: of reduced groups, then of kept ones. Channels are
// one dimension, but for statistics.
constexpr int dimensions_of(const ArgumentRow &row, const Letters &letters, const KernelForm &form) {
    const int inner = row.inner == Inner::numbers ? 1 : row.inner == Inner::units_on_device && form.on_device ? 2 : 0;
    const int joined = form.has_channels ? 1 : 0;
    switch (row.axes) {
        case Axes::all: return inner + letters.reduced_count + letters.kept_count - joined;
        case Axes::params: return inner + letters.reduced_params() + letters.kept_params() - joined;
        case Axes::kept: return inner + letters.kept_count;
    }
    return inner;
}

// Of a tensor, for kernels of these dtypes.
constexpr DType dtype_of(const ArgumentRow &row, DTypePair dtypes, DType params) {
    switch (row.dtype) {
        case DTypeRule::x: return dtypes.x;
        case DTypeRule::y: return dtypes.y;
        case DTypeRule::statistics: return statistics_dtype(dtypes.x);
        case DTypeRule::params: return params;
        case DTypeRule::float64: return DType::float64;
    }
    return dtypes.x;
}

// Rows stand where their numbers say, and inputs before outputs, as Halide has them.
constexpr bool is_in_order() {
    bool outputs = false;
    for (std::size_t i = 0; i < argument_rows.size(); ++i) {
        const bool is_output = argument_rows[i].kind == ArgumentKind::output;
        if (argument_rows[i].argument != i || (outputs && !is_output)) {
            return false;
        }
        outputs = is_output;
    }
    for (std::size_t i = 0; i < role_rows.size(); ++i) {
        if (role_rows[i].role != i) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order());

}  // namespace axnorm

#include "kernel_line.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "eligible_kernels.h"
#include "plan.h"
#include "runtime/language/axes.h"
#include "runtime/language/described_call.h"

namespace axnorm {

using detail::at;

namespace {

// A dimension of the pattern, or its ellipsis: MEMORY cannot tell its axes apart.
struct Dimension {
    std::string names;
    int first_axis = 0;
    Group innermost;  // of its axes that are longer than 1
};

std::string name_of_axis(const Axis &axis) {
    return axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name);
}

std::vector<Dimension> dimensions_of(const Pattern &pattern, const ShapedAxes &shaped) {
    std::vector<Dimension> dimensions;
    for (int d = 0; d < pattern.tensor.rank; ++d) {
        const Dimensions::Run run = at(pattern.tensor.runs, d);
        if (run.begin == run.end) {
            continue;  // a unit axis, which no MEMORY needs
        }
        Dimension dimension;
        dimension.first_axis = at(pattern.tensor.axes, run.begin);
        unsigned axes = 0;
        for (int i = run.begin; i < run.end; ++i) {
            const int axis = at(pattern.tensor.axes, i);
            axes |= 1U << axis;
            dimension.names += (i == run.begin ? "" : " ") + name_of_axis(at(pattern.axes, axis));
        }
        for (int i = 0; i < shaped.count; ++i) {
            const Group &axis = at(shaped.axes, i);
            if ((axis.axes & axes) != 0 && axis.extent > 1) {
                dimension.innermost = axis;
            }
        }
        dimensions.push_back(std::move(dimension));
    }
    return dimensions;
}

// The dimensions as they lie in memory, "b h w g n"; "" where that is as the pattern is written. One of length 1 lies
// nowhere: it stays behind the one that is written before it.
std::string memory_of(const Pattern &pattern, const ShapedAxes &shaped) {
    std::vector<Dimension> order;
    const std::vector<Dimension> written = dimensions_of(pattern, shaped);
    std::ranges::copy_if(written, std::back_inserter(order), [](const Dimension &d) { return d.innermost.extent > 1; });
    std::ranges::stable_sort(order, is_outside, &Dimension::innermost);
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i].innermost.extent > 1) {
            continue;
        }
        const auto before = i == 0 ? order.end() : std::ranges::find(order, written[i - 1].names, &Dimension::names);
        order.insert(i == 0 ? order.begin() : before + 1, written[i]);
    }
    if (std::ranges::is_sorted(order, {}, &Dimension::first_axis)) {
        return "";
    }
    std::string text;
    for (const Dimension &dimension : order) {
        text += (text.empty() ? "" : " ") + dimension.names;
    }
    return text;
}

// What kernels of the pattern are to a call.
enum class Use : std::uint8_t {
    serves,
    other_layout,  // they serve others
    no_kernel,     // too many groups: there is none of this pattern in this order
};

// A dense call of the pattern in which each length that it does not say is `unknown`.
struct GeneralCall {
    std::vector<NamedLength> lengths;
    std::vector<std::int64_t> shape;
    std::optional<DryCall> call;

    GeneralCall(const Pattern &pattern, std::int64_t unknown, const DryOptions &options) {
        const auto length_of = [&](const Axis &axis) { return axis.name.empty() ? axis.length : unknown; };
        for (int i = 0; i < pattern.axis_count; ++i) {
            const Axis &axis = at(pattern.axes, i);
            if (!axis.name.empty() && !axis.is_ellipsis()) {
                lengths.push_back({axis.name, unknown});
            }
        }
        for (int d = 0; d < pattern.tensor.rank; ++d) {
            const Dimensions::Run run = at(pattern.tensor.runs, d);
            shape.push_back(1);
            for (int i = run.begin; i < run.end; ++i) {
                shape.back() *= length_of(at(pattern.axes, at(pattern.tensor.axes, i)));
            }
        }
        call.emplace(pattern, Extents(shape), lengths, options);
    }
};

// What a kernel for dense calls like this one is to the call.
Use use_of_kernel(const std::string &signature, const DryCall &dense, const Layout &layout, const Operands &operands) {
    if (!Letters::valid(signature)) {
        return Use::no_kernel;
    }
    const UnitStrides unit = innermost_unit_strides(dense.layout(), dense.operands());
    const bool unit_params = unit.params || !dense.layout().signature().ends_with('R');
    const ConstTensorView &params = operands[operands[role_scale].present() ? role_scale : role_shift];
    Kernel kernel{statistic_of_kernels(operands), signature, unit.data,          unit_params, dtypes_of(operands),
                  /*function=*/nullptr,           "listed",  device_of(operands)};
    kernel.params_dtype = params.present() ? params.dtype() : kernel.params_dtype;
    Plan plan;
    return plan_kernel(kernel, layout, operands, {}, plan) == nullptr ? Use::serves : Use::other_layout;
}

// Of the kernels of a line, for any lengths, that for no length of 1, and where that does not serve, that for this
// shape.
Use use_of_line(const Pattern &pattern, const Layout &layout, const Operands &operands,
                std::span<const NamedLength> lengths, std::string_view memory) {
    DryOptions options{.memory = memory,
                       .statistic = operands.statistic,
                       .dtypes = dtypes_of(operands),
                       .statistics = true,
                       .device = device_of(operands)};
    const GeneralCall twos(pattern, 2, options), threes(pattern, 3, options);
    const std::string signature = signature_of_both(twos.call->layout(), threes.call->layout());
    const Use use = use_of_kernel(signature, *twos.call, layout, operands);
    const bool is_empty = layout.elements == 0;
    const bool is_reduced = std::ranges::count(layout.all(), false, &Group::kept) > 0;
    const bool says_lengths = std::ranges::any_of(pattern.axes, [](const Axis &axis) { return axis.length > 1; });
    if (use != Use::other_layout || is_empty || !is_reduced || says_lengths) {
        return is_empty && use == Use::other_layout ? Use::serves : use;
    }
    options.params = operands[role_scale].present() || operands[role_shift].present();
    options.statistics = operands[role_mean].present() || operands[role_rstd].present();
    const DryCall dense(pattern, operands[role_x].shape(), lengths, options);
    return use_of_kernel(dense.layout().signature(), dense, layout, operands);
}

// With a blank in place of several, and none at the ends: a pattern may go over lines.
std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n';
        if (!is_blank) {
            result += c;
        } else if (result.back() != ' ' && result.size() > 1) {
            result += ' ';
        }
    }
    result.resize(result.size() - (result.back() == ' ' ? 1 : 0));
    return result + "\"";
}

}  // namespace

std::string kernel_line(const Pattern &pattern, const Layout &layout, const Operands &operands,
                        std::span<const NamedLength> lengths, bool canonical) {
    // A tensor without elements lies nowhere.
    const bool is_empty = layout.elements == 0;
    const std::string memory = is_empty ? "" : memory_of(pattern, shape_axes(pattern, operands, lengths));
    const Use use = use_of_line(pattern, layout, operands, lengths, memory);
    const bool is_canonical = canonical || use != Use::serves;
    std::string line = is_canonical && device_of(operands) == Device::cpu ? "CANONICAL KERNEL " : "KERNEL ";
    if (use == Use::no_kernel) {
        line += "\"b c -> b\"";  // canonical kernels come with any
    } else {
        const std::string params = in_quotes(pattern.params_text);
        line += in_quotes(pattern.text) + (params == "\"\"" ? "" : " PARAMS " + params);
        line += memory.empty() ? "" : " MEMORY " + in_quotes(memory);
    }
    if (operands.statistic == Statistic::rms) {
        line += std::string(" STATISTIC ") + name_of(operands.statistic);
    }
    if (const DTypePair dtypes = dtypes_of(operands); dtypes != DTypePair{}) {
        line += " DTYPES " + name_of(dtypes);
    }
    if (const Device device = device_of(operands); device != Device::cpu) {
        line += std::string(" DEVICES ") + name_of(device);
    }
    return line;
}

Error refused_call(const Refusal &refusal, const Pattern &pattern, const Operands &operands,
                   std::span<const NamedLength> lengths, bool canonical) {
    std::string end;
    if (refusal.lacks != Lacks::nothing) {
        end = "\nto serve this call, add to an axnorm_add_library():\n" +
              kernel_line(pattern, make_layout(pattern, operands, lengths), operands, lengths,
                          canonical || refusal.lacks == Lacks::canonical_kernel);
    }
    return with_context(refusal, pattern, operands, lengths, end);
}

}  // namespace axnorm

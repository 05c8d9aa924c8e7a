#include "explain.h"

#include <algorithm>

#include "choice.h"
#include "plain_text.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/language/axes.h"
#include "runtime/language/described_call.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"
#include "runtime/planning/gathered.h"
#include "runtime/planning/kernel_line.h"
#include "traffic.h"

namespace axnorm::cli {

namespace {

std::vector<NamedLength> named(const ExplainRequest &request) {
    std::vector<NamedLength> lengths;
    for (const auto &[name, length] : request.lengths) {
        lengths.push_back({name, length});
    }
    return lengths;
}

// The plan that normalize() would run, refused where it would be.
Plan checked_plan(const DryCall &call, const Layout &layout, std::span<const NamedLength> lengths, bool canonical) {
    try {
        return checked_plan(call.pattern(), layout, call.operands(), this_machine(device_of(call.operands())),
                            canonical);
    } catch (const Refusal &refusal) {
        throw refused_call(refusal, call.pattern(), call.operands(), lengths, canonical);
    }
}

std::string axes_table(const Pattern &pattern, const ShapedAxes &shaped) {
    Table table({{"axis"}, {"length", Align::right}, {"kind"}, {"params"}, {"stride of x", Align::right}});
    int ellipsis_axes = 0;
    for (int i = 0; i < shaped.count; ++i) {
        const Group &axis = detail::at(shaped.axes, i);
        std::string name = name_of_axes(pattern, axis);
        if (name == "...") {
            name += "[" + std::to_string(ellipsis_axes++) + "]";
        }
        table.add({name, std::to_string(axis.extent), axis.kept ? "kept" : "reduced", axis.params ? "yes" : "no",
                   std::to_string(axis.strides[role_x])});
    }
    return table.text();
}

std::string groups_table(const Pattern &pattern, const Layout &layout) {
    Table table({{"group"}, {"axes"}, {"extent", Align::right}, {"stride of x", Align::right}});
    const std::string signature = layout.signature();
    for (std::size_t i = 0; i < signature.size(); ++i) {
        const Group &group = layout.groups[i];
        table.add({std::string(1, signature[i]), name_of_axes(pattern, group), std::to_string(group.extent),
                   std::to_string(group.strides[role_x])});
    }
    return table.text();
}

std::string request_facts(const ExplainRequest &request) {
    std::string text = fact("pattern", trimmed(request.pattern));
    text += fact("params", trimmed(request.params).empty() ? "none" : trimmed(request.params));
    text += fact("x, y", name_of(request.dtypes) + " " + to_string(request.shape));
    return text + fact("statistic", name_of(request.statistic));
}

std::string statistics_facts(const ExplainRequest &request, const DryCall &call, const Layout &layout,
                             const ShapedAxes &shaped, std::span<const NamedLength> lengths) {
    std::int64_t reduced = 1;
    for (int i = 0; i < shaped.count; ++i) {
        const Group &axis = detail::at(shaped.axes, i);
        reduced *= axis.kept ? 1 : axis.extent;
    }
    const Operands &operands = call.operands();
    const std::string use = !operands[role_rstd].present() ? "not wanted"
                            : operands.written(role_rstd)  ? "written"
                                                           : "read";
    std::string text = fact(request.statistic == Statistic::rms ? "rstd" : "mean, rstd",
                            to_string(statistics_shape(call.pattern(), request.shape, lengths)) + ", " + use +
                                "; each of " + std::to_string(reduced) + (reduced == 1 ? " element" : " elements"));
    if (call.pattern().params.rank > 0) {
        text += fact("scale, shift", to_string(params_shape(call.pattern(), request.shape, lengths)) +
                                         (operands[role_scale].present() ? "" : ", absent") +
                                         (layout.is_reordered(role_scale) ? ", copied into the order of x" : ""));
    }
    return text;
}

}  // namespace

std::string explain(const ExplainRequest &request) {
    const std::vector<NamedLength> lengths = named(request);
    const DryCall call(parse(request.pattern, request.params), request.shape, lengths,
                       {.memory = request.memory,
                        .statistic = request.statistic,
                        .dtypes = request.dtypes,
                        .params = request.scale_and_shift,
                        .statistics = request.statistics});
    const Pattern &pattern = call.pattern();
    const Layout layout = call.layout();
    const Plan plan = checked_plan(call, layout, lengths, request.canonical);
    const ShapedAxes shaped = shape_axes(pattern, call.operands(), lengths);  // refused by layout() already, if at all

    std::string text = request_facts(request) + '\n';
    if (shaped.count > 0) {
        text += axes_table(pattern, shaped) + '\n';
    }
    text += fact("memory order", request.memory.empty()
                                     ? trimmed(pattern.text.substr(0, pattern.text.find("->"))) + " (as written)"
                                     : trimmed(request.memory));
    if (layout.count > 0) {
        text += '\n' + groups_table(pattern, layout) + '\n';
    }
    text += fact("signature", layout.count > 0 ? layout.signature() : "none: every axis has length 1");
    text += statistics_facts(request, call, layout, shaped, lengths);
    text += '\n' + choice(call, layout, plan, request.canonical);
    return layout.elements > 0 ? text + '\n' + traffic(call.operands()) : text;
}

}  // namespace axnorm::cli

#include "explain.h"

#include <algorithm>

#include "choice.h"
#include "plain_text.h"
#include "runtime/language/axes.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/kernel_line.h"
#include "traffic.h"

namespace axnorm::cli {

namespace {

Table axes_table(const Pattern &pattern, const ShapedAxes &shaped) {
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
    return table;
}

Table groups_table(const Pattern &pattern, const Layout &layout) {
    Table table({{"group"}, {"axes"}, {"extent", Align::right}, {"stride of x", Align::right}});
    const std::string signature = layout.signature();
    for (std::size_t i = 0; i < signature.size(); ++i) {
        const Group &group = layout.groups[i];
        table.add({std::string(1, signature[i]), name_of_axes(pattern, group), std::to_string(group.extent),
                   std::to_string(group.strides[role_x])});
    }
    return table;
}

void add_request(Document &document, const CallRequest &request) {
    document.fact("pattern", trimmed(request.pattern));
    document.fact("params", trimmed(request.params).empty() ? "none" : trimmed(request.params));
    document.fact("x, y", name_of(request.dtypes) + " " + to_string(request.shape));
    if (request.x_strides) {
        document.fact("strides of x", to_string(*request.x_strides));
        document.fact("strides of y", to_string(*request.y_strides));
    }
    document.fact("statistic", name_of(request.statistic));
}

std::string memory_order(const CallRequest &request, const Pattern &pattern) {
    return request.x_strides        ? "by the strides"
           : request.memory.empty() ? trimmed(pattern.text.substr(0, pattern.text.find("->"))) + " (as written)"
                                    : trimmed(request.memory);
}

void add_statistics(Document &document, const CallRequest &request, const DryCall &call, const Layout &layout,
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
    document.fact(request.statistic == Statistic::rms ? "rstd" : "mean, rstd",
                  to_string(statistics_shape(call.pattern(), request.shape, lengths)) + ", " + use + "; each of " +
                      std::to_string(reduced) + (reduced == 1 ? " element" : " elements"));
    if (call.pattern().params.rank > 0) {
        document.fact("scale, shift", to_string(params_shape(call.pattern(), request.shape, lengths)) +
                                          (operands[role_scale].present() ? "" : ", absent") +
                                          (layout.is_reordered(role_scale) ? ", copied into the order of x" : ""));
    }
}

}  // namespace

Document explain(const CallRequest &request) {
    const RequestedCall requested(request);
    const auto &[lengths, call, layout, plan] = requested;
    const Pattern &pattern = call.pattern();
    const ShapedAxes shaped = shape_axes(pattern, call.operands(), lengths);  // refused by layout() already, if at all

    Document document;
    add_request(document, request);
    document.blank();
    if (shaped.count > 0) {
        document.table("axes", axes_table(pattern, shaped));
        document.blank();
    }
    document.fact("memory order", memory_order(request, pattern));
    if (layout.count > 0) {
        document.blank();
        document.table("groups", groups_table(pattern, layout));
        document.blank();
    }
    document.fact("signature", layout.count > 0 ? layout.signature() : "none: every axis has length 1");
    add_statistics(document, request, call, layout, shaped, lengths);
    document.blank();
    add_choice(document, call, layout, plan, request.canonical);
    document.blank();
    document.note("line to link it", kernel_line(pattern, layout, call.operands(), lengths, request.canonical));
    if (layout.elements > 0) {
        document.blank();
        document.table("memory traffic", traffic(call.operands()));
    }
    return document;
}

}  // namespace axnorm::cli

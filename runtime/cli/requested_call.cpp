#include "requested_call.h"

#include "axnorm/parse.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"
#include "runtime/planning/gathered.h"
#include "runtime/planning/kernel_line.h"

namespace axnorm::cli {

namespace {

std::vector<NamedLength> named(const CallRequest &request) {
    std::vector<NamedLength> lengths;
    for (const auto &[name, length] : request.lengths) {
        lengths.push_back({name, length});
    }
    return lengths;
}

Plan planned(const DryCall &call, const Layout &layout, std::span<const NamedLength> lengths, bool canonical) {
    try {
        return checked_plan(call.pattern(), layout, call.operands(), this_machine(device_of(call.operands())),
                            canonical);
    } catch (const Refusal &refusal) {
        throw refused_call(refusal, call.pattern(), call.operands(), lengths, canonical);
    }
}

}  // namespace

RequestedCall::RequestedCall(const CallRequest &request)
    : lengths(named(request)),
      call(parse(request.pattern, request.params), request.shape, lengths,
           {.memory = request.memory,
            .x_strides = request.x_strides,
            .y_strides = request.y_strides,
            .statistic = request.statistic,
            .dtypes = request.dtypes,
            .params = request.scale_and_shift,
            .statistics = request.statistics}),
      layout(call.layout()),
      plan(planned(call, layout, lengths, request.canonical)) {}

}  // namespace axnorm::cli

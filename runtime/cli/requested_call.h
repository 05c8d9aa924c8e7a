// A call as the arguments of `axnorm explain` and `axnorm bench` describe it, planned.
//
//     const RequestedCall call({.pattern = "b c h w -> c", .params = "c", .memory = "b h w c", .shape = {8, 64, 56,
//     56}});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "axnorm/normalize.h"
#include "runtime/language/described_call.h"
#include "runtime/planning/plan.h"

namespace axnorm::cli {

struct CallRequest {
    std::string pattern, params{}, memory{};
    Extents shape{};
    std::optional<Extents> x_strides{}, y_strides{};  // both or none, in elements
    std::vector<std::pair<std::string, std::int64_t>> lengths{};
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes{};
    bool scale_and_shift = true;  // where the pattern has params
    bool statistics = false;      // mean and rstd are wanted
    bool canonical = false;       // never an exact kernel
};

// It refers to the request.
struct RequestedCall {
    std::vector<NamedLength> lengths;
    DryCall call;
    Layout layout;
    Plan plan;  // that normalize() would run

    // Throws Error where the call would.
    explicit RequestedCall(const CallRequest &request);
};

}  // namespace axnorm::cli

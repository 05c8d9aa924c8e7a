// `axnorm explain`: what a call would do, and why.
//
//     explain({.pattern = "b c h w -> c", .params = "c", .memory = "b h w c", .shape = {8, 64, 56, 56}});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "axnorm/normalize.h"
#include "document.h"

namespace axnorm::cli {

struct ExplainRequest {
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

// Throws Error where the call would.
Document explain(const ExplainRequest &request);

}  // namespace axnorm::cli

// `axnorm run`: a normalization of arrays in files of NumPy.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "axnorm/signature.h"

namespace axnorm::cli {

struct RunRequest {
    std::string x, pattern, params{}, scale{}, shift{}, y{};  // files but for pattern and params; scale, shift "": none
    std::vector<std::pair<std::string, std::int64_t>> lengths{};
    Statistic statistic = Statistic::mean_var;
    double eps = 1e-5;
};

// Writes y, of the dtype and order of x, and says what it wrote. Throws Error.
std::string run_files(const RunRequest &request);

}  // namespace axnorm::cli

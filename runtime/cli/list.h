// `axnorm list`: the linked kernels, or the lines that the default library was made from.
#pragma once

#include <optional>
#include <string>

#include "axnorm/kernel.h"
#include "document.h"

namespace axnorm::cli {

// The kernels of a statistic, or of all, library by library. Throws Error where there is none.
std::string list_kernels(std::optional<Statistic> statistic, Format format);

// The KERNEL lines of the default library; these alone have Markdown, as a table.
std::string list_lines(std::optional<Statistic> statistic, Format format);

// The runtime's thresholds as they are in use: AXNORM_TUNING may name a file of them.
std::string list_thresholds(Format format);

}  // namespace axnorm::cli

// Calls that no kernel can index (runtime/planning/gathered.h): some statistic groups at a time, and some parts of
// them, are copied into a tile without gaps. The kernel sums the tile up, part by part, and what it sums up is merged;
// then it normalizes such tiles with the statistics that come of it, and y is copied from there.
#pragma once

#include "axnorm/options.h"
#include "runtime/planning/slice.h"

namespace axnorm {

// Returns 0, or a Halide error code.
int run_gathered(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options, int threads);

}  // namespace axnorm

// A part of a call: some of the statistic groups.
#pragma once

#include <array>
#include <cstdint>

#include "plan.h"

namespace axnorm {

struct Slice {
    const Layout &layout;
    Plan plan;
    std::array<std::int64_t, max_axes> kept;        // extents of the plan's kept groups
    std::array<std::int64_t, role_count> offset{};  // in elements, of where each tensor begins
    bool stream = false;                            // y goes past the caches

    Slice(const Plan &plan, const Layout &layout);  // all of the call

    // The group of a letter; a loop of length 1 for index -1.
    const Group &group(std::int8_t index) const;

    // Narrows kept group `i` of the plan to [begin, end).
    void narrow(int i, std::int64_t begin, std::int64_t end);
};

// Whether the kernel can index the slice, with 32 bits. Groups beyond its letters do not count.
bool fits(const Slice &slice);

// Runs the kernel over the slice. Returns 0, or a Halide error code.
int run(const Slice &slice, const Operands &operands, double eps);

}  // namespace axnorm

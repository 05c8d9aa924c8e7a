// A part of a call: some of the statistic groups.
#pragma once

#include <array>
#include <cstdint>

#include "plan.h"

namespace axnorm {

struct Slice {
    Plan plan;
    std::array<std::int64_t, role_count> offset{};  // in elements, of where each tensor begins

    // The part in which kept group `i` is only [begin, end).
    Slice part(int i, std::int64_t begin, std::int64_t end) const;
};

// Whether a kernel can index the slice, with 32 bits. Groups beyond the kernel's letters do not count.
bool fits(const Slice &slice);

// Runs the kernel over the slice. Returns 0, or a Halide error code.
int run(const Slice &slice, const Operands &operands, double eps);

}  // namespace axnorm

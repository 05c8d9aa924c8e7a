// Layout -> kernel: which kernel runs, and which of its loops each group becomes.
#pragma once

#include <array>

#include "axnorm/normalize.h"

namespace axnorm {

struct Plan {
    const Kernel *kernel = nullptr;
    // The groups of the kernel's letters, innermost first; loops of length 1 where the layout has none. Kept groups
    // beyond the kernel's letters are looped over outside.
    std::array<Group, Letters::max_groups> reduced;
    std::array<Group, max_axes> kept;
    int kept_count = 0;
};

// Throws Refusal where no kernel serves the layout.
Plan make_plan(const Layout &layout, const Operands &operands, bool canonical);

}  // namespace axnorm

// Calls that no kernel can index: of more than four reduced groups that do not merge, or of statistic groups that reach
// over more than 2^31 elements. A kernel is given copies of their parts (runtime/cpu/gathered.h), on the CPU.
//
// The copies have a layout of their own: one kept group, of rows that are a part of a statistic group each, and the
// reduced groups inside of it; if there are more than four, all of them as one. So the order of additions
// is a function of the reduced extents alone, and the same as that of a call that fits.
#pragma once

#include <span>

#include "plan.h"

namespace axnorm {

// As make_plan(), and gathered where that is needed and can be. check_reach() has to follow for others.
Plan plan_call(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical);

// With that check.
Plan checked_plan(const Pattern &pattern, const Layout &layout, const Operands &operands, const Machine &machine,
                  bool canonical);

// The layout of the copies: extents are those of the whole call, strides those of a row and within it.
Layout gathered_layout(const Layout &layout, const Operands &operands);

// The groups of the call that reduced group `i` of the copies stands for, counted from the innermost, or the kept one:
// its loops in a tensor, from the outermost to the innermost.
TensorLoops reduced_loops(const Layout &layout, int i, Role role);
TensorLoops kept_loops(const Layout &layout, Role role);

}  // namespace axnorm

// Which group of a layout becomes which loop of a kernel: the letters of plan.kernel.
#pragma once

#include "plan.h"

namespace axnorm {

// Fills plan.reduced. False where the kernel's reduced letters do not take the layout's groups.
bool place_reduced(const Layout &layout, Plan &plan);

// Fills plan.kept and kept_count, likewise. Of neighbours of equal letter, as "kkR" has them where tokens and heads of
// a slice do not merge, one has a letter and the others may be looped over outside: the shortest ones, so that the
// calls of the kernel are few.
bool place_kept(const Layout &layout, Plan &plan);

}  // namespace axnorm

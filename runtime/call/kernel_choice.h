// Which kernel serves a call on this machine.
#pragma once

#include "runtime/planning/plan.h"

namespace axnorm {

// The machine that calls run on whose tensors are on this device.
Machine this_machine(Device device);

// The kernel that a call would run. Throws Error where there is none.
const Kernel &select_kernel(const Layout &layout, const Operands &operands, bool canonical = false);

}  // namespace axnorm

// The end of a call: its plan is run.
//
//     if (plan_kernel(kernel, layout, operands, this_machine(Device::cpu), plan) == nullptr) {
//         run_planned(layout, plan, operands, options);   // exactly this kernel, which no library needs to list
//     }
//
// Nothing is checked any more: normalize.cpp says what has to be, and install_halide_hooks() was called.
#pragma once

#include "axnorm/options.h"
#include "runtime/planning/plan.h"

namespace axnorm {

void run_planned(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options);

}  // namespace axnorm

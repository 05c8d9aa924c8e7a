// What lengths that are known at build time bring: kernels with EXTENTS, on the cases that have these lengths.
//
//     if (has_fixed(c, buffers)) { run_fixed(c, buffers); }
//
// Their library is linked, but not registered, or the other rows would run its kernels too.
#pragma once

#include "buffers.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/cpu/arguments.h"
#include "runtime/planning/plan.h"
#include "runtime/planning/slice.h"

namespace bench_norms {
extern const axnorm::Library library;
}

namespace bench {

// Runs function(layout, operands, plan) where a kernel of fixed extents serves the case, and says whether one does.
template <class F>
bool with_fixed(const Case &c, const Buffers &buffers, const F &function) {
    const Call call(c, buffers, {});
    const axnorm::Operands operands = axnorm::operands_of(call.x, call.y, call.options);
    const axnorm::Layout layout = axnorm::make_layout(c.pattern, operands, call.lengths());
    for (const axnorm::Kernel &kernel : bench_norms::library.kernels()) {
        axnorm::Plan plan;
        if (axnorm::plan_kernel(kernel, layout, operands, axnorm::this_machine(axnorm::Device::cpu), plan) == nullptr) {
            function(layout, operands, plan);
            return true;
        }
    }
    return false;
}

inline bool has_fixed(const Case &c, const Buffers &buffers) {
    return with_fixed(c, buffers, [](const auto &, const auto &, const auto &) {});
}

// On one thread.
inline void run_fixed(const Case &c, const Buffers &buffers) {
    with_fixed(c, buffers, [](const auto &layout, const auto &operands, const auto &plan) {
        axnorm::run(axnorm::Slice(plan, layout), operands, eps);
    });
}

}  // namespace bench

#include "run_planned.h"

#include <algorithm>

#include "runtime/cpu/launch.h"
#include "runtime/cpu/params/copied_params.h"
#include "runtime/device/backend.h"
#include "runtime/planning/eligible_kernels.h"

namespace axnorm {

namespace {

void run_on_cpu(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options) {
    if (plan.gathered) {
        launch_gathered(layout, plan, operands, options);
    } else {
        launch(Slice(plan, layout), operands, options);
    }
}

}  // namespace

void run_planned(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options) {
    if (device_of(operands) != Device::cpu) {
        launch_on_device(Slice(plan, layout), operands, options);
    } else if (std::ranges::none_of(layout.copies, &ParamsCopy::exists)) {
        run_on_cpu(layout, plan, operands, options);
    } else {
        run_on_cpu(layout, plan, CopiedParams(operands, layout).operands(), options);
    }
}

}  // namespace axnorm

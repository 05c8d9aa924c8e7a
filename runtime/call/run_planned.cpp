#include "run_planned.h"

#include <algorithm>

#include "runtime/cpu/launch.h"
#include "runtime/cpu/params/copied_params.h"
#include "runtime/device/backend.h"
#include "runtime/planning/eligible_kernels.h"

namespace axnorm {

void run_planned(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options) {
    const Slice whole(plan, layout);
    if (device_of(operands) != Device::cpu) {
        launch_on_device(whole, operands, options);
    } else if (std::ranges::none_of(layout.copies, &ParamsCopy::exists)) {
        launch(whole, operands, options);
    } else {
        launch(whole, CopiedParams(operands, layout).operands(), options);
    }
}

}  // namespace axnorm

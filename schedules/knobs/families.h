// The families of schedules: which of them makes a kernel, and with which knobs. There is no Halide here; what a family
// does is in its file, as a ScheduleFamily (schedule.h).
#pragma once

#include <vector>

#include "knobs.h"

namespace axnorm::codegen {

// Those of a device, the most specific first.
const std::vector<const Family *> &families_of(Device device);

// Of kernels for other devices than the CPU there is one.
const Family &family_for(const Letters &letters, Device device);

}  // namespace axnorm::codegen

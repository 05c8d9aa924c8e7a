// The schedule of kernels for a GPU: statistic groups on blocks, or several short ones on the warps of a block.
#pragma once

#include "generators/device/algorithm.h"
#include "schedules/knobs/device_groups_knobs.h"

namespace axnorm::codegen {

// Threads, accesses and what is held, for a signature: of the groups of at most `most` elements where it says so
// ("kR-1024"), else of any, which blocks may share.
DeviceShape device_shape(const Letters &letters, DType x, bool aligned, bool split, const DeviceGroupsKnobs &knobs);

void schedule_device_groups(DeviceAlgorithm &algorithm, const DeviceOperands &operands, const Halide::Target &target,
                            const DeviceGroupsKnobs &knobs);

}  // namespace axnorm::codegen

// The kernels that serve a signature on a GPU: for groups that fit into registers, into the memory of a multiprocessor,
// and for all others, of which a block has one, or blocks share one; with accesses of 128 bits, and without.
#pragma once

#include <vector>

#include "signatures.h"

namespace axnorm::build {

struct DeviceKernel {
    Statistic statistic;
    Loops loops;
    DType params_dtype;
    bool aligned, split = false;
};

// What calls of these loops are served by, from the most special to the canonical one, which takes all calls of the
// statistic and dtypes. Lengths are not compiled in.
std::vector<DeviceKernel> device_kernels(Statistic statistic, const Loops &loops, DTypePair dtypes);

}  // namespace axnorm::build

// What kernels cost, in no unit but that of the comparison: the eligible one of least cost serves a call.
#pragma once

#include <bit>
#include <cstdint>

#include "axnorm/kernel.h"

namespace axnorm {

// Of the kernels that serve a call the one of least cost runs: canonical ones last, and before them those that are
// called for each index of a kept group without a letter; else one for a block of two groups before all others; then
// fewer loops are better; of as many, fewer where scale and shift change inside a statistic group, then more of fixed
// extent, then contiguous ones, then those for short groups.
// Each weighs more than all that follow it may come to together, but on devices, where a call is a launch: there a
// canonical kernel is called rather than another one many times.
struct Costs {
    int idle_vectors = 100000000;     // a call has no group for the innermost loop, the last resort: plan.cpp adds it
    int looped_on_device = 20000000;  // plan.cpp adds what is looped
    int canonical = 100000;
    int looped = 9000, looped_group = 1500;
    int without_block = 20000;
    int loop = 1000;
    int reduced_params = 200;
    int open_extent = 16;
    int strided = 8;
    int strided_params = 4;
    int splitting = 3;  // where it is in vain: plan.cpp adds it
    int any_length = 1;
};
inline constexpr Costs costs;

constexpr int cost_of(const Letters &letters, bool contiguous, bool contiguous_params) {
    return (letters.block_extent() != 0 ? 0 : costs.without_block) + (letters.canonical() ? costs.canonical : 0) +
           costs.loop * (letters.reduced_count + letters.kept_count) + costs.reduced_params * letters.reduced_params() +
           costs.open_extent * (2 * Letters::max_groups - letters.fixed_extents()) + (contiguous ? 0 : costs.strided) +
           (contiguous_params ? 0 : costs.strided_params) + (letters.most == 0 ? costs.any_length : 0);
}

// Of device kernels as well; but first come those that are for short groups, the shortest ones before all others: they
// read x once. Then contiguous ones, then those with accesses of 128 bits, then those that split groups.
constexpr int cost_on_device(const Letters &letters, bool contiguous, bool contiguous_params, bool aligned,
                             bool split) {
    const int loops = cost_of(letters, true, true) - (letters.block_extent() == 0 ? costs.without_block : 0);
    const int rank =
        letters.most == 0 ? 17 : static_cast<int>(std::bit_width(static_cast<std::uint32_t>(letters.most - 1)));
    return 64 * (loops / 16 * 16) + 32 * rank + (contiguous ? 0 : 16) + (aligned ? 0 : 8) +
           (contiguous_params ? 0 : 4) + (split ? 0 : costs.splitting - 1);
}

constexpr int cost_of(const Kernel &kernel) {
    return kernel.device == Device::cpu ? cost_of(kernel.letters, kernel.contiguous, kernel.contiguous_params)
                                        : cost_on_device(kernel.letters, kernel.contiguous, kernel.contiguous_params,
                                                         kernel.aligned, kernel.split);
}

}  // namespace axnorm

// What kernels cost, in no unit but that of the comparison: the eligible one of least cost serves a call.
#pragma once

#include <bit>
#include <cstdint>

#include "axnorm/kernel.h"

namespace axnorm {

// Of the kernels that serve a call the one of least cost runs: one for a block of two groups before all others; then
// fewer loops are better; of as many, fewer where scale and shift change inside a statistic group, then more of fixed
// extent, then contiguous ones, then those for short groups.
inline constexpr int cost_without_block = 20000;
constexpr int cost_of(const Letters &letters, bool contiguous, bool contiguous_params) {
    return (letters.block_extent() != 0 ? 0 : cost_without_block) +
           1000 * (letters.reduced_count + letters.kept_count) + 200 * letters.reduced_params() +
           16 * (2 * Letters::max_groups - letters.fixed_extents()) + (contiguous ? 0 : 8) +
           (contiguous_params ? 0 : 4) + (letters.most == 0 ? 1 : 0);
}

// Where it is in vain: plan.cpp adds it.
inline constexpr int cost_of_splitting = 3;

// Of device kernels as well; but first come those that are for short groups, the shortest ones before all others: they
// read x once. Then contiguous ones, then those with accesses of 128 bits, then those that split groups.
constexpr int cost_on_device(const Letters &letters, bool contiguous, bool contiguous_params, bool aligned,
                             bool split) {
    const int loops = cost_of(letters, true, true) - cost_without_block * (letters.block_extent() == 0 ? 1 : 0);
    const int rank =
        letters.most == 0 ? 17 : static_cast<int>(std::bit_width(static_cast<std::uint32_t>(letters.most - 1)));
    return 64 * (loops / 16 * 16) + 32 * rank + (contiguous ? 0 : 16) + (aligned ? 0 : 8) +
           (contiguous_params ? 0 : 4) + (split ? 0 : cost_of_splitting - 1);
}

constexpr int cost_of(const Kernel &kernel) {
    return kernel.device == Device::cpu ? cost_of(kernel.letters, kernel.contiguous, kernel.contiguous_params)
                                        : cost_on_device(kernel.letters, kernel.contiguous, kernel.contiguous_params,
                                                         kernel.aligned, kernel.split);
}

}  // namespace axnorm

// Kernels: ahead-of-time compiled functions, each for a statistic and a signature (signature.h).
//
//     {Statistic::mean_var, "kKRr", /*contiguous=*/true, /*contiguous_params=*/true, {DType::float32, DType::float32},
//     my_norms_mean_var_kKRr_f32_argv, "..."}
//
// Libraries of them: library.h.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "dtype.h"
#include "signature.h"

namespace axnorm {

// Of the kernels that serve a call the one of least cost runs: one for a block of two groups before all others; then
// fewer loops are better; of as many, fewer where scale and shift change inside a statistic group, then more of fixed
// extent, then contiguous ones, then those for short groups.
// Each weighs more than all that follow it may come to together.
struct Costs {
    int idle_vectors = 1000000;  // a call has no group for the innermost loop, the last resort: plan.cpp adds it
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
    return (letters.block_extent() != 0 ? 0 : costs.without_block) +
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

// A compiled kernel. How it is called: slice.cpp, and device_buffers.cpp.
struct Kernel {
    Statistic statistic;
    std::string_view signature;
    bool contiguous;         // the innermost group has stride 1 in x and y
    bool contiguous_params;  // and, where it is a reduced group that they are indexed by, in scale and shift
    DTypePair dtypes;
    int (*function)(void **arguments);
    std::string_view name;
    Device device = Device::cpu;
    // Kernels of devices have a statistic `given` of their own, and three more properties.
    bool aligned = false;  // accesses of 128 bits: plan.cpp says what they ask of pointers, strides and extents;
                           // tensors of 16 bits are seen as words of two elements along the innermost group
    bool split = false;    // blocks share a statistic group, for few large ones: needs a workspace (normalize.h), but
                           // for statistic given, which is one launch
    DType params_dtype = statistics_dtype(dtypes.x);  // of scale and shift; on the CPU always that one
    // Of its schedule those that are not as usual, "batch_elements:4096,rows:4", sorted (schedules/knobs.h).
    std::string_view knobs{};
    Letters letters{signature};
    int cost = device == Device::cpu ? cost_of(letters, contiguous, contiguous_params)
                                     : cost_on_device(letters, contiguous, contiguous_params, aligned, split);

    constexpr bool canonical() const { return letters.canonical(); }

    // Elements of the smaller of x and y in 128 bits.
    constexpr std::int64_t vector_length() const { return 16 / std::min(size_of(dtypes.x), size_of(dtypes.y)); }
};

// The instruction set that kernels run with: "baseline" (x86-64), "avx2" or "avx512". The environment variable
// AXNORM_MAX_CPU_ISA, read at the first call, holds it down to one of these.
const char *cpu_isa();

}  // namespace axnorm

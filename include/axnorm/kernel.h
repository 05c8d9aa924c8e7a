// Kernels: ahead-of-time compiled functions, each for a statistic and a signature (signature.h).
//
//     {Statistic::mean_var, "kKRr", /*contiguous=*/true, /*contiguous_params=*/true, {DType::float32, DType::float32},
//     my_norms_mean_var_kKRr_f32_argv, "..."}
//
// Libraries of them: library.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "dtype.h"
#include "signature.h"

namespace axnorm {

// A compiled kernel. What it is given: runtime/halide/arguments.h.
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
    bool split = false;    // blocks share a statistic group, for few large ones: needs a workspace (options.h), but
                           // for statistic given, which is one launch
    DType params_dtype = statistics_dtype(dtypes.x);  // of scale and shift; on the CPU always that one
    // Of its schedule those that are not as usual, "batch_elements:4096,rows:4", sorted (schedules/knobs/knobs.h).
    std::string_view knobs{};
    Letters letters{signature};

    constexpr bool canonical() const { return letters.canonical(); }

    // Elements of the smaller of x and y in 128 bits.
    constexpr std::int64_t vector_length() const { return 16 / std::min(size_of(dtypes.x), size_of(dtypes.y)); }
};

// The instruction set that kernels run with: "baseline" (x86-64), "avx2" or "avx512". The environment variable
// AXNORM_MAX_CPU_ISA, read at the first call, holds it down to one of these.
const char *cpu_isa();

}  // namespace axnorm

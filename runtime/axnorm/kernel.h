// Kernels: ahead-of-time compiled functions, each for a statistic and a signature, and the list of those linked.
//
//     for (const axnorm::Kernel &kernel : axnorm::kernels()) { std::cout << kernel.name << '\n'; }
//
// Signatures: signature.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "signature.h"
#include "tensor.h"

namespace axnorm {

// A compiled kernel. How it is called: launch.cpp.
struct Kernel {
    Statistic statistic;
    std::string_view signature;
    bool contiguous;  // the innermost group has stride 1 in x and y, and in scale and shift where it indexes them
    DType dtype;      // of x and y
    int (*function)(void **arguments);
    std::string_view name;
    Letters letters{signature};

    // A kernel of four groups of each kind serves what no exact kernel does.
    constexpr bool canonical() const {
        return letters.kept_count == Letters::max_groups && letters.reduced_count == Letters::max_groups;
    }
};

// The linked kernels, the most specific first.
std::span<const Kernel> kernels();

// The instruction set that kernels run with: "baseline" (x86-64), "avx2" or "avx512". The environment variable
// AXNORM_MAX_CPU_ISA, read at the first call, holds it down to one of these.
const char *cpu_isa();

}  // namespace axnorm

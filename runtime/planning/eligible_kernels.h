// Which of the linked kernels a call is about: by statistic, dtypes and device. And what a call is told that has none.
#pragma once

#include "axnorm/library.h"
#include "runtime/language/layout.h"

namespace axnorm {

// Where the tensors of the call are.
Device device_of(const Operands &operands);

// Given statistics take no kernels of their own on the CPU.
Statistic statistic_of_kernels(const Operands &operands);

DTypePair dtypes_of(const Operands &operands);

// Those of the CPU are given params of the one dtype that they take.
bool takes_params(const Kernel &kernel, const Operands &operands);

// Kernels of devices run with any.
bool runs_on(const Kernel &kernel, InstructionSet available);

// Those of the call's statistic and dtypes, and perhaps some others.
template <class F>
void for_each_kernel(const Operands &operands, const F &function) {
    const DTypePair dtypes = dtypes_of(operands);
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        for (const Kernel &kernel : library->kernels(statistic_of_kernels(operands), dtypes)) {
            function(kernel);
        }
    }
}

// Throws Refusal where there is no kernel of the statistic and dtypes on the device at all.
void check_linked(const Operands &operands);

// Throws Refusal that says which ones there are, where none serves.
[[noreturn]] void refuse_layout(const Layout &layout, const Operands &operands, InstructionSet available);

}  // namespace axnorm

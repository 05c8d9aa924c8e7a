// Layout -> kernel: which kernel runs, and which of its loops each group becomes.
#pragma once

#include <array>
#include <vector>

#include "axnorm/library.h"
#include "runtime/language/layout.h"

namespace axnorm {

struct Plan {
    const Kernel *kernel = nullptr;
    // For each letter of the kernel, innermost first, the index of its group in the layout; -1 for a loop of length 1.
    // Kept groups behind the kernel's letters have none: they are looped over outside (placement.h).
    std::array<std::int8_t, Letters::max_groups> reduced{-1, -1, -1, -1};
    std::array<std::int8_t, max_axes> kept{};
    int kept_count = 0;
    ArgumentSet arguments = 0;  // of the kernel
    // The kernel is given copies of parts of x (gathered.h): groups above are those of gathered_layout().
    bool gathered = false;

    bool is_looped() const { return kept_count > kernel->letters.kept_count; }
};

// What planning has to know of the machine that a call runs on.
struct Machine {
    InstructionSet instruction_set = InstructionSet::avx512;
    std::string_view processor{};  // as TunedFor has it
    // Whether blocks of the tensors' device have the shared memory that the plan's kernel asks for. nullptr where no
    // driver can say: the plan is then made as if they had.
    bool (*has_shared_memory)(const Plan &plan, const Layout &layout, const Operands &operands) = nullptr;
};

// Throws Refusal where no kernel serves the layout.
Plan make_plan(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical);

// The same of kernels that sum up parts of groups of any extents. That of the plan is nullptr where there is none.
Plan find_plan_of_parts(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical);

// Whether kernels of a device may access the tensor by 128 bits.
bool is_aligned_on_device(const ConstTensorView &tensor);

// Fills the plan with this kernel; or says why it cannot serve the layout, where it is not nullptr.
const char *plan_kernel(const Kernel &kernel, const Layout &layout, const Operands &operands, const Machine &machine,
                        Plan &plan);

// What make_plan() thinks of a kernel.
struct Candidate {
    const Kernel *kernel = nullptr;
    const char *refused = nullptr;  // why it cannot serve the layout; nullptr where it can
    int cost = 0;                   // of those that can, the least one runs, of equals the first
};

Candidate judge(const Kernel &kernel, const Layout &layout, const Operands &operands, const Machine &machine);

// All linked kernels, for explanations.
std::vector<Candidate> candidates(const Layout &layout, const Operands &operands, const Machine &machine);

}  // namespace axnorm

// The instruction set that kernels run with: what the CPU has, held down by AXNORM_MAX_CPU_ISA.
#pragma once

#include "axnorm/kernel.h"

namespace axnorm {

// Has the entries of kernels choose by it. Throws Error where the environment variable is wrong.
void install_choice_of_isa();

// The same at each call.
InstructionSet instruction_set();

}  // namespace axnorm

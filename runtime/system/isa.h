// The instruction set that kernels run with: what the CPU has, held down by AXNORM_MAX_CPU_ISA.
#pragma once

#include "axnorm/kernel.h"

namespace axnorm {

// The same at each call; behind the first one the entries of kernels choose by it. Throws Error where the environment
// variable is wrong.
InstructionSet instruction_set();

}  // namespace axnorm

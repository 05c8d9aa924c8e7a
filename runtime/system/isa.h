// The instruction set that kernels run with: what the CPU has, held down by AXNORM_MAX_CPU_ISA.
#pragma once

namespace axnorm {

// Has the entries of kernels choose by it. Throws Error where the environment variable is wrong.
void install_choice_of_isa();

// Whether kernels may use AVX2 with FMA and F16C here: kernels for short rows are compiled for nothing less. Without
// masked loads they would be large, and slower than those for rows of any length. Nor are those for channels, to be
// few.
bool has_avx2();

}  // namespace axnorm

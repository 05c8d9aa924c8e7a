// What axnorm asks of Halide's runtime on the CPU: errors that do not abort, the choice of an instruction set, and
// memory.
#pragma once

namespace axnorm {

// Installs the hooks, once. Kernels run after it.
void install_halide_hooks();

}  // namespace axnorm

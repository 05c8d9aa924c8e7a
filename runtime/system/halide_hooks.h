// What is to be done before the first kernel runs. Halide's runtime on the CPU gets axnorm's hooks: errors that do not
// abort, the choice of an instruction set, and memory. The environment's tuning file is read.
#pragma once

namespace axnorm {

// Installs the hooks, once. Kernels run after it.
void install_halide_hooks();

}  // namespace axnorm

// What is to be done before the first kernel runs. Halide's runtime on the CPU gets axnorm's hooks: errors that do not
// abort, the choice of an instruction set, and memory. What the environment says is read: the first call is refused
// where it is wrong, and so are later ones, whether or not they need it.
#pragma once

namespace axnorm {

// Installs the hooks. Kernels run after it. Throws Error.
void install_halide_hooks();

}  // namespace axnorm

// Whether the objects of a library take the arguments that calls give them.
#pragma once

#include "axnorm/library.h"

namespace axnorm {

// Throws Error where the arguments that Halide lists in a kernel's object are not those of the table of operands: the
// object was compiled by another version, and a call would take one argument for another.
void check_arguments(const Library &library);

}  // namespace axnorm

// The list of the libraries that a program has.
#pragma once

#include "axnorm/library.h"

namespace axnorm {

// At the end, once. It takes no lock, and may run at any time.
void append_library(const Library &library) noexcept;

}  // namespace axnorm

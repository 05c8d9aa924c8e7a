// A copy of a tensor in another order of its axes.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/language/layout.h"

namespace axnorm {

// Writes the elements densely, as the loops say from the outermost to the innermost; the stride of a loop is that in
// `from`. Elements have 4 or 8 bytes.
void reorder(std::span<const TensorLoop> loops, std::int64_t element_size, const void *from, void *to);

}  // namespace axnorm

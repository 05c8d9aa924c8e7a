// Copies between a tensor, whose elements may lie anywhere, and a tile without gaps: rows of equal length.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/language/tensor_loops.h"

namespace axnorm {

// Neighbours in a tile: where they are in the tensor, in elements.
struct ElementRun {
    std::int64_t first, count, stride;
};

// The offset of an element is the sum of its row's and its column's.
struct Places {
    std::span<const std::int64_t> rows;
    std::span<const ElementRun> columns;
};

// The indices from `begin` to `end` of loops that are seen as one, each with `base` added: by run, or by index. Returns
// the end of what it wrote.
ElementRun *write_runs(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base,
                       ElementRun *to);
std::int64_t *write_offsets(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base,
                            std::int64_t *to);

// A tile whose rows are `stride` elements apart, of `size` bytes each.
void gather(const Places &places, std::int64_t size, const void *tensor, void *tile, std::int64_t stride);
void scatter(const Places &places, std::int64_t size, void *tensor, const void *tile, std::int64_t stride);

}  // namespace axnorm

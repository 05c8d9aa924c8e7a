// Parts of a statistic group, a level of the summation tree (summation_tree.h): some neighbouring blocks of a row, or
// all blocks of some neighbouring rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "axnorm/signature.h"
#include "summation_tree.h"

namespace axnorm {

using ReducedExtents = std::array<std::int64_t, Letters::max_groups>;  // innermost first; 1 where there is no group

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

// What a part has of each group, at most. Algorithm::set_tree() says the same. Of several rows it has all of each: only
// rows of more steps than a part has are cut, and then it is of one.
constexpr ReducedExtents part_lengths(const ReducedExtents &extents) {
    constexpr int lanes = tree.lanes, steps = tree.steps, part_blocks = tree.part_blocks;
    const std::int64_t all_steps = ceil_div(std::max<std::int64_t>(extents[0], 1), lanes);
    const std::int64_t inner_steps = ceil_div(all_steps, ceil_div(all_steps, steps));
    const std::int64_t rows = std::max<std::int64_t>(steps / all_steps, 1);
    return {part_blocks * inner_steps * lanes,
            rows * std::max<std::int64_t>(part_blocks * steps / (rows * all_steps), 1), 1, 1};
}

// `length` of a kernel, the innermost reduced extent. It decides how many steps a block has: from some length on always
// as many, so that one beyond 32 bits is as good as the longest that fits.
constexpr std::int32_t length_of_kernel(std::int64_t extent) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(extent, Letters::max_extent));
}
static_assert(part_lengths({Letters::max_extent, 1, 1, 1}) == part_lengths({INT64_MAX / 2, 1, 1, 1}) &&
              part_lengths({Letters::max_extent, 1, 1, 1})[0] == tree.part_blocks * tree.steps * tree.lanes);

}  // namespace axnorm

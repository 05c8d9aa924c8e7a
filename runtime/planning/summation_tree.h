// The shape of the summation tree, which kernels (generators/cpu/algorithm.h) and the runtime (runtime/cpu/parts.h) have in common: a
// function of the reduced extents alone.
#pragma once

namespace axnorm::tree {

// Element i of the innermost reduced group is summed in lane i % lanes. 32 lanes are two AVX-512, four AVX2 or eight
// SSE registers: enough chains to hide the latency of an addition.
inline constexpr int lanes = 32;

// What a lane sums up in a block, at most. With blocks of 64 steps, whose rows of 3136 take two blocks each, batch norm
// NCHW 32x64x56x56 took 3.2 ms, with 128 1.9.
inline constexpr int steps = 128;

// A part is some neighbouring blocks of a row, or all blocks of some neighbouring rows: about as many elements as this
// many blocks have. Threads may share a statistic group part by part.
inline constexpr int part_blocks = 4;

}  // namespace axnorm::tree

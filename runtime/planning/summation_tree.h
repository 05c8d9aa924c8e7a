// The shape of the summation trees, which kernels (generators/cpu/algorithm.h, generators/device/algorithm.h) and the runtime
// (runtime/cpu/parts.h) have in common: with it each tree is a function of the reduced extents alone. These are no knobs
// (schedules/knobs/knobs.h): another value is another order of additions, and with it other bits.
#pragma once

namespace axnorm {

// The CPU's.
struct SummationTree {
    // Element i of the innermost reduced group is summed in lane i % lanes. 32 lanes are two AVX-512, four AVX2 or
    // eight SSE registers: enough chains to hide the latency of an addition.
    int lanes = 32;

    // What a lane sums up in a block, at most. With blocks of 64 steps, whose rows of 3136 take two blocks each, batch
    // norm NCHW 32x64x56x56 took 3.2 ms, with 128 1.9.
    int steps = 128;

    // A part is some neighbouring blocks of a row, or all blocks of some neighbouring rows: about as many elements as
    // this many blocks have. Threads may share a statistic group part by part.
    int part_blocks = 4;

    // Steps that are added in one expression, and so in a register: where lane sums live in memory (kept_innermost),
    // batch norm NHWC 32x28x28x256 took 3.2 ms a step at a time, 2.6 two at a time, 2.2 four, 2.1 eight. More than four
    // confuse the prefetcher: batch norm NCHW 32x64x56x56 took 2.3 ms with AVX2 and 2.2 with AVX-512 for four, 2.2 and
    // 3.2 for eight, 2.9 and 2.8 for sixteen.
    int joint_steps = 4;
};
inline constexpr SummationTree tree;

// That of devices: which lanes and warps a statistic group is divided among.
struct DeviceTree {
    int warp = 32;          // lanes: the hardware's
    int vector_bytes = 16;  // that a lane takes at once: the widest access

    // Groups that are a single row are in the registers of a warp: of up to `short_elements` several, of `short_lanes`
    // lanes each, else of up to `warp_elements` one. With four in a warp sums over lanes, and all else that is done
    // once for a group, are a quarter.
    int short_lanes = 8, short_elements = 256;
    int warp_elements = 1024;

    // Others are held in shared memory, of up to `few_warps_elements` elements by a few warps, with 16 bits by fewer,
    // else by many: of those of up to 64 KB a lane has eight vectors at most, of 104 KB thirteen. All GPUs have a block
    // of 64 KB; with what warps exchange, 8 KB for float32, and 1 KB that the driver takes, two blocks of 104 are 226
    // of the 228 KB of an H100; 112 KB of x would leave it one.
    int few_warps = 4, few_warps_of_16_bits = 2, few_warps_elements = 4096;
    int many_warps = 16;
    int held_kilobytes = 64, most_held_kilobytes = 104;

    // Those that are not held are taken in parts, of many warps too; vectors of a lane in each.
    int part_steps = 8;
};
inline constexpr DeviceTree device_tree;

}  // namespace axnorm

// Knobs of schedules/cpu/reduced_innermost.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct ReducedInnermostKnobs : StreamingKnobs {
    // Short rows, and groups of a few, are worked on together, stage by stage: one after the other, each would wait for
    // a chain of divisions and a square root in double, which a vector does for all of them at once. Rows of 64 in
    // cache took 58 ns each one by one and 20 so, of 1024 116 and 65; with batches of 2048 elements 90, of 16384 67;
    // with 16 rows at most 70.
    int rows = 8;
    int batch_elements = 8192;

    // Where y is written into caches that are too small for it, more than a few rows disturb the prefetcher: rows of
    // 1024 took 3.4 ns a line in batches of 8192 elements, 2.7 of 2048; past the caches 2.2 and 2.5.
    int far_batch_elements = 2048;
    int near_elements = 131072;

    // Not canonical kernels, which would be a third larger. Groups of 2 rows of 400 took 120 ns each one by one, and 92
    // so, of 2 rows of 64 94 and 31.
    int batched_groups = 2;

    // As many as there are lanes: two AVX-512 or four AVX2 registers a turn.
    int row_vector = 32;
    // Registers of them, at most; one where elements lie apart, which are loaded and stored one by one. For baseline
    // x86-64 KKKKRRRR compiled in 2.4 s with all lanes, and 2.1 s so; layer norm 256x1024 took 135 us, and 127 so.
    int row_registers = 4;

    // An AVX2 register of lanes, in which what is left fits.
    int stored_lanes = 8;
};

// A reduced innermost group ("kR", "kKr", "rKr").
inline const FamilyOf<ReducedInnermostKnobs> reduced_innermost_family{
    "reduced_innermost", [](const Letters &letters) { return !letters.kept_innermost; },
    with_streaming<ReducedInnermostKnobs>({
        {"rows", &ReducedInnermostKnobs::rows, {1, 2, 4, 8, 16}, "rows of a batch, at most"},
        {"batch_elements",
         &ReducedInnermostKnobs::batch_elements,
         {1024, 2048, 4096, 8192, 16384, 32768},
         "elements of a batch of rows, at most"},
        {"far_batch_elements",
         &ReducedInnermostKnobs::far_batch_elements,
         {512, 1024, 2048, 4096, 8192, 16384},
         "the same where y is too large for the caches, and not streamed"},
        {"near_elements",
         &ReducedInnermostKnobs::near_elements,
         {32768, 65536, 131072, 262144, 524288},
         "elements of y that the caches are large enough for"},
        {"batched_groups",
         &ReducedInnermostKnobs::batched_groups,
         {0, 1, 2},
         "reduced groups of a kernel, up to which it works in batches"},
        {"row_vector", &ReducedInnermostKnobs::row_vector, {16, 32, 64}, "elements that are normalized in a turn"},
        {"row_registers",
         &ReducedInnermostKnobs::row_registers,
         {1, 2, 4, 8},
         "vector registers of those elements, at most"},
        {"stored_lanes",
         &ReducedInnermostKnobs::stored_lanes,
         {2, 4, 8, 16},
         "lanes of the stage of the tree over lanes that is stored, before that of one lane"},
    })};

}  // namespace axnorm::codegen

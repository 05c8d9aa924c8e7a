// Knobs of schedules/cpu/kept_innermost.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct KeptInnermostKnobs : StreamingKnobs {
    // Groups that are worked on together. What counts is that memory is walked through in long pieces: batch norm NHWC,
    // c = 1000, took 6.4 ms with tiles of 256, 4.8 with 512, 2.2 with 1024 or 4096; layer norm over the channels of
    // NCHW 32x64x56x56 8.3 ms with 1024 or 2048, 5.9 with 4096 (a whole image). Of wide dtypes as many as the stack
    // holds.
    int tile_groups = 4096;

    // What belongs to a statistic group is loaded once for all of them.
    int joint_rows = 4;
};

// A kept innermost group ("rK", "krK", "kRk").
inline const FamilyOf<KeptInnermostKnobs> kept_innermost_family{
    "kept_innermost", [](const Letters &letters) { return letters.kept_innermost; },
    with_streaming<KeptInnermostKnobs>({
        {"tile_groups",
         &KeptInnermostKnobs::tile_groups,
         {256, 512, 1024, 2048, 4096},
         "statistic groups that are worked on together, at most"},
        {"joint_rows", &KeptInnermostKnobs::joint_rows, {1, 2, 4, 8}, "rows that are normalized together"},
    })};

}  // namespace axnorm::codegen

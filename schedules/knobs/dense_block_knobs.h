// Knobs of schedules/cpu/dense_block.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct DenseBlockKnobs : StreamingKnobs {
    // Elements that are worked on together where the inner group is reduced: a row of channels, where memory is walked
    // through in whole pieces.
    int tile_elements = 2048;

    // Up to how many elements of the inner group a vector spans the next one. Two kept groups of 8 are gathered with
    // AVX-512: such a group is a vector by itself (group norm of 8x4096x256 floats took 16.5 ms, and 5.9 so). So are
    // reduced groups of more than 4, of some of which Halide 21 makes no code otherwise.
    int spanned_channels = 7;
    int spanned_elements = 4;
};

// Two innermost groups that are one block of memory, the inner one short and of known extent ("rK3", "krK4", "krKR4").
inline const FamilyOf<DenseBlockKnobs> dense_block_family{
    "dense_block", [](const Letters &letters) { return letters.block_extent() != 0; },
    with_streaming<DenseBlockKnobs>({
        {"tile_elements",
         &DenseBlockKnobs::tile_elements,
         {512, 1024, 2048, 4096},
         "elements of a row that are worked on together, where the inner group is reduced"},
        {"spanned_channels",
         &DenseBlockKnobs::spanned_channels,
         {1, 4, 7, 8},
         "extent of a kept inner group, up to which a vector spans the next one"},
        {"spanned_elements",
         &DenseBlockKnobs::spanned_elements,
         {1, 2, 3, 4},
         "extent of a reduced inner group, up to which a vector spans the next one"},
    })};

}  // namespace axnorm::codegen

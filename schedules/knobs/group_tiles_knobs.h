// Knobs of schedules/cpu/group_tiles.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct GroupTilesKnobs : CommonKnobs {
    // Elements of a row of groups: 8x32x32x2560 in 32 groups took 12.1 ms with 2048, which is less than a row, and 8.6
    // so. Of wide dtypes as many as the stack holds.
    int tile_elements = 4096;

    // As in reduced_innermost_knobs.h.
    int stored_lanes = 8;
};

// A reduced innermost group of any length with a kept group right around it and a reduced one outside ("krKR").
inline const FamilyOf<GroupTilesKnobs> group_tiles_family{
    "group_tiles",
    [](const Letters &letters) {
        return !letters.kept_innermost && letters.alternates && letters.reduced_count > 1 && letters.reduced[0] &&
               letters.kept[0] && letters.most == 0;
    },
    with_common<GroupTilesKnobs>({
        {"tile_elements",
         &GroupTilesKnobs::tile_elements,
         {512, 1024, 2048, 4096},
         "elements of a row of statistic groups that are worked on together"},
        {"stored_lanes",
         &GroupTilesKnobs::stored_lanes,
         {2, 4, 8, 16},
         "lanes of the stage of the tree over lanes that is stored, before that of one lane"},
    })};

}  // namespace axnorm::codegen

// Knobs of schedules/cpu/short_rows.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct ShortRowsKnobs {
    // Rows of a batch: rows of 16 took 7.1 ns each in batches of 16, 4.9 of 32, 4.5 of 64 and 4.6 of 128; of 64 11.9,
    // 9.4, 8.7 and 10. Longer ones take more room in the first cache, and so do those that are computed into a tile:
    // rows of 128 past the caches took 42 ns in batches of 64, 31 of 32. Multiples of the widest vector.
    int batch_rows = 64, far_rows = 32;
    int near_length = 64;

    // Each number of steps is a case for itself, and half a step is one more: rows of 16 took 5.4 ns without, 4.6 so.
    int shortest_case = 16;

    int stores = 0;
};

// A reduced innermost group that is short ("kR-128").
inline const FamilyOf<ShortRowsKnobs> short_rows_family{
    "short_rows",
    [](const Letters &letters) { return letters.most != 0; },
    {
        {"batch_rows", &ShortRowsKnobs::batch_rows, {16, 32, 64, 128}, "rows of a batch"},
        {"far_rows", &ShortRowsKnobs::far_rows, {16, 32, 64}, "the same where y is streamed, and of long rows"},
        {"near_length", &ShortRowsKnobs::near_length, {32, 64, 96, 128}, "elements of a row that is not long"},
        {"shortest_case",
         &ShortRowsKnobs::shortest_case,
         {0, 8, 16},
         "elements of rows with code of their own below one step; 0: there is none"},
        stores_row<ShortRowsKnobs>(),
    }};

}  // namespace axnorm::codegen

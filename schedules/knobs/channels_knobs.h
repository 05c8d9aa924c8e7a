// Knobs of schedules/cpu/channels.cpp: struct, table, and what the family serves.
#pragma once

#include "streaming_knobs.h"

namespace axnorm::codegen {

struct ChannelsKnobs : StreamingKnobs {
    // As in kept_innermost_knobs.h.
    int joint_rows = 4;

    // Channels that are written as one piece.
    int tile_channels = 4096;
};

// A reduced innermost group that is short and the kept group right around it, as one ("krKR-32").
inline const FamilyOf<ChannelsKnobs> channels_family{
    "channels", [](const Letters &letters) { return letters.has_channels(); },
    with_streaming<ChannelsKnobs>({
        {"joint_rows", &ChannelsKnobs::joint_rows, {1, 2, 4, 8}, "rows that are normalized together"},
        {"tile_channels", &ChannelsKnobs::tile_channels, {1024, 2048, 4096}, "channels that are normalized in a row"},
    })};

}  // namespace axnorm::codegen

// Knobs of schedules/device/groups.cpp: struct, table, and what the family serves.
#pragma once

#include "knobs.h"

namespace axnorm::codegen {

// What the tree does not say (DeviceTree of runtime/planning/summation_tree.h).
struct DeviceGroupsKnobs {
    // Statistic groups are on warps of their own, or several on one: of a block so many warps. Where there are kept
    // groups outside, the innermost one may be as short as the heads of attention: blocks of eight groups.
    int teams = 8, teams_of_heads = 2;

    // Vectors that a lane loads before it waits for the first of them: what 32 registers hold. Elements that are loaded
    // by themselves take one each; with eight vectors of eight such, sixteen warps would have more registers than there
    // are.
    int loads = 8;
    int load_registers = 32;
};

// All kernels for devices.
inline const FamilyOf<DeviceGroupsKnobs> device_groups_family{
    "device_groups",
    [](const Letters &) { return true; },
    {
        {"teams", &DeviceGroupsKnobs::teams, {2, 4, 8}, "warps of a block, where each has statistic groups of its own"},
        {"teams_of_heads",
         &DeviceGroupsKnobs::teams_of_heads,
         {2, 4, 8},
         "the same of the shortest groups, with several kept ones"},
        {"loads", &DeviceGroupsKnobs::loads, {1, 2, 4, 8}, "vectors of a lane that are loaded together, at most"},
        {"load_registers", &DeviceGroupsKnobs::load_registers, {8, 16, 32}, "and the registers that they may take"},
    }};

}  // namespace axnorm::codegen

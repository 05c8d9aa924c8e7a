// A part of a call: some of the statistic groups.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "plan.h"

namespace axnorm {

struct ExtremeGroup;  // runtime/cpu/extreme_groups.h

struct Slice {
    const Layout &layout;
    Plan plan;
    std::array<std::int64_t, max_axes> kept;                // extents of the plan's kept groups
    std::array<std::int64_t, role_count> offset{};          // in elements, of where each tensor begins
    std::array<std::int64_t, Letters::max_groups> reduced;  // extents of the plan's reduced groups
    bool stream = false;                                    // y goes past the caches

    // A part of each group (parts.h). Where `sums` is set, it is only summed up: numbers_summed() numbers, of all
    // groups each. Where `statistics` are set, it is only normalized with them: mean, rest (operand_table.h) and rstd,
    // by group.
    double *sums = nullptr;
    std::array<const void *, 3> statistics{};
    const std::vector<ExtremeGroup> *extreme = nullptr;  // of the groups, those that are

    Slice(const Plan &plan, const Layout &layout);  // all of the call

    // The group of a letter; a loop of length 1 for index -1.
    const Group &group(std::int8_t index) const;

    // Narrows kept group `i` of the plan to [begin, end).
    void narrow(int i, std::int64_t begin, std::int64_t end);

    // The same of reduced group `i`.
    void narrow_reduced(int i, std::int64_t begin, std::int64_t end);
};

// What kernels sum up of a part: for mean_var an origin, differences from it and their squares, for rms squares.
constexpr int numbers_summed(Statistic statistic) {
    switch (statistic) {
        case Statistic::mean_var: return 3;
        case Statistic::rms: return 1;
        case Statistic::given: break;
    }
    return 0;
}

// What kept group `i` of the plan may be cut into: multiples of this.
std::int64_t grain_of(const Plan &plan, int i);

// Whether the kernel can index the slice, with 32 bits. Groups beyond its letters do not count.
//
// Products of 32 bits are made by kernels alone, of an index and a stride, and here they are bounded: for x, y, params
// and statistics, with all that kernels count over the end of a group by (Letters::max_extent). What a part is summed
// up to has three numbers for each group (parts.cpp), which has two elements of x or more. Bytes are counted in 64
// bits, those of stores past the caches too; what these fetch of the next tile may lie anywhere, as nothing is read.
// Offsets of slices are of 64 bits, within the bytes of a tensor, which were checked (strides.h).
bool fits(const Slice &slice);

// Calls call(context, part) for parts of the slice that the kernel can index, of at most `beyond` groups beyond its
// letters, which `call` loops over. Returns 0, or the first error code.
int for_each_part(const Slice &slice, int (*call)(void *context, const Slice &part), void *context, int beyond = 0);

// Whether the plan's kernel can index a statistic group alone.
bool one_group_fits(const Slice &whole);

// Throws Refusal where it cannot.
void check_reach(const Pattern &pattern, const Slice &whole);

}  // namespace axnorm

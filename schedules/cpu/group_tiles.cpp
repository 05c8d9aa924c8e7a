// A reduced innermost group of any length with a kept group right around it and a reduced one outside ("krKR", group
// norm NHWC): several statistic groups together, a row of all of them after the other. One by one, each would walk over
// memory in steps of a whole row: 8x32x32x1280 in 32 groups took 12.5 ms so.
#include "schedule.h"
#include "schedules/knobs/group_tiles_knobs.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;
using Knobs = GroupTilesKnobs;

const Var tiles("tiles"), in_tile("in_tile"), ro("ro"), ri("ri"), kv("kv"), ko("ko"), lo("lo"), li("li");

// Statistic groups of a tile, at most: their lane sums, two of each, are on the stack.
int most_groups(const Algorithm &a) {
    return stack_bytes / (2 * lanes * a.computed.bytes());
}

// Stages with a value a group.
void across_groups(Func &func, Stage stage, const Algorithm &a, int width, std::vector<VarOrRVar> loops = {}) {
    func.bound_storage(a.k[0], most_groups(a));
    stage.split(a.k[0], ko, kv, width, TailStrategy::GuardWithIf);
    loops.insert(loops.begin(), {kv, ko});
    stage.reorder(loops).vectorize(kv).partition(ko, Partition::Never);
}

void schedule_sum(LaneSum &sum, const Algorithm &a, int width, const LoopLevel &block, const Knobs &knobs) {
    const auto of_tile = [&](Func &stage, int stage_lanes) {
        stage.compute_at(block).bound(a.lane, 0, stage_lanes).vectorize(a.lane).bound_storage(a.k[0], most_groups(a));
        for (const Var &coordinate : a.b) {
            stage.bound_extent(coordinate, 1);
        }
    };
    of_tile(sum.lane, lanes);
    for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
        const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
        Stage update = sum.lane.update(i);
        update.split(a.lane, lo, li, width);
        // Sums go to memory and back with each row. To keep them in registers for a few rows takes longer, since those
        // rows are then read in small pieces: 8x32x32x1280 took 4.5 ms, 6.3 with four or eight rows.
        std::vector<VarOrRVar> loops = in_turns(update, reduction, knobs.sum_steps).loops();
        loops.insert(loops.begin(), {li, lo});
        loops.insert(loops.end(), {a.k[0], reduction.y});
        update.reorder(loops).vectorize(li).unroll(lo);
    }
    for (size_t i = 0; i < sum.tree.size(); ++i) {
        // The stages between are part of these.
        if (sum.width(i) == knobs.stored_lanes || sum.width(i) == 1) {
            of_tile(sum.tree[i], sum.width(i));
        }
    }
}

void schedule_statistics(Algorithm &a, int width, const LoopLevel &group, const Knobs &knobs) {
    compute_statistics(a, group, most_groups(a));
    a.part.compute_at(a.moments, a.parts.x);
    across_groups(a.statistics, a.statistics, a, width);
    across_groups(a.moments, a.moments, a, width);
    across_groups(a.moments, a.moments.update(0), a, width, inside_out({}, a.parts));
    across_groups(a.part, a.part, a, width);
    across_groups(a.part, a.part.update(0), a, width, inside_out({}, a.blocks));
    keep_whole(a.moments.update(0), a.parts);
    keep_whole(a.part.update(0), a.blocks);
    for (size_t i = 1; i < a.k.size(); ++i) {
        a.statistics.bound_extent(a.k[i], 1);
        a.moments.bound_extent(a.k[i], 1);
    }
    const LoopLevel block(a.part, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        across_groups(a.pivot, a.pivot, a, width);
    }
    for (LaneSum &sum : a.sums) {
        schedule_sum(sum, a, width, block, knobs);
    }
}

Streaming apply(Algorithm &a, const Letters &, const Target &target, const Knobs &knobs) {
    const int width = target.natural_vector_size(a.computed), tile = tile_on_stack(a, knobs.tile_elements);
    const Expr length = max(a.y.output_buffer().dim(0).extent(), 1);
    const Expr groups = clamp(tile / length, 1, most_groups(a));
    a.y.split(a.r[0], ro, ri, width, TailStrategy::GuardWithIf).vectorize(ri);
    in_batches(a, tiles, in_tile, groups);
    std::vector<VarOrRVar> loops = {ri, ro, in_tile};
    loops.insert(loops.end(), a.r.begin() + 1, a.r.end());
    loops.emplace_back(tiles);
    a.y.reorder(loops);
    compute_with_y(a, tiles);

    schedule_statistics(a, width, LoopLevel(a.y, tiles), knobs);
    const Expr here = output_extent(a.y, 0), of_tile = clamp(tile / max(here, 1), 1, most_groups(a));
    const int kept = static_cast<int>(a.r.size());
    return {a.r[1],
            min(of_tile, output_extent(a.y, kept) - tiles * of_tile) * here,
            tile,
            output_stride(a.y, kept) == here && here <= tile,
            tiles,
            elements_of_group(a) * of_tile,
            knobs.fetched_group};
}

}  // namespace

const ScheduleFamily group_tiles = schedule_of(group_tiles_family, apply);

}  // namespace axnorm::codegen

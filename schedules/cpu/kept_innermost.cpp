// A kept innermost group ("rK", "krK", "kRk"): a vector holds neighbouring statistic groups.
#include <algorithm>

#include "schedule.h"
#include "schedules/knobs/kept_innermost_knobs.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;
using Knobs = KeptInnermostKnobs;

const Var ko("ko"), ki("ki"), kv("kv"), tiles("tiles"), row("row"), part("part");

// Vectors of k0 innermost, with loops of each, then the given loops from the inside out. Loops are kept whole: their
// ends have branches of their own, and copies of each stage for full and for cut vectors took three times as long to
// compile. Where nothing is read at k0 but stages before, vectors are whole, and only the sums ask which groups exist:
// krK compiled in 2.1 s with cut vectors in each stage, and 1.3 s so (AVX2).
void across_groups(Stage stage, const Algorithm &a, int width, std::vector<VarOrRVar> loops,
                   TailStrategy tail = TailStrategy::RoundUp, const std::vector<VarOrRVar> &of_vector = {}) {
    stage.split(a.k[0], ki, kv, width, tail);
    loops.insert(loops.begin(), ki);
    loops.insert(loops.begin(), of_vector.begin(), of_vector.end());
    loops.insert(loops.begin(), kv);
    stage.reorder(loops).vectorize(kv).partition(ki, Partition::Never);
}

void in_tiles(Func &output, const Algorithm &a, int width, int tile, const std::vector<Var> &loops) {
    output.split(a.k[0], ki, kv, width, TailStrategy::GuardWithIf);
    output.split(ki, ko, ki, tile / width, TailStrategy::GuardWithIf);
    std::vector<VarOrRVar> order = {kv, ki};
    order.insert(order.end(), loops.begin(), loops.end());
    order.emplace_back(ko);
    order.insert(order.end(), a.k.begin() + 1, a.k.end());
    output.reorder(order).vectorize(kv).partition(ko, Partition::Never).partition(ki, Partition::Never);
}

void schedule_sum(LaneSum &sum, const Algorithm &a, int width, const LoopLevel &block, const LoopLevel &group,
                  const Knobs &knobs) {
    // A row of lane sums begins at a whole vector: a load that overlaps the store of a cut vector before it would wait
    // for it (batch norm NHWC, c = 35: 280 us against 220). Storage is allocated once for all blocks.
    sum.lane.compute_at(block).hoist_storage(group);
    sum.lane.reorder_storage(a.k[0], a.lane).align_storage(a.k[0], width).bound(a.lane, 0, a.used_lanes);
    across_groups(sum.lane, a, width, {a.lane});
    for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
        const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
        const Turns turns = in_turns(sum.lane.update(i), reduction, knobs.sum_steps);
        across_groups(sum.lane.update(i), a, width, with_outer({a.lane, turns.turn}, reduction), TailStrategy::RoundUp,
                      turns.steps);
    }
    // The stages between are part of the last one, and that is not part of those that use it: they do so several times.
    Func &total = sum.tree.back();
    total.compute_at(block).hoist_storage(group);
    across_groups(total.bound(a.lane, 0, 1), a, width, {});
}

void schedule_statistics(Algorithm &a, int width, const LoopLevel &group, const Knobs &knobs) {
    compute_statistics(a, group);
    across_groups(a.statistics, a, width, {});
    across_groups(a.moments, a, width, {});
    across_groups(a.moments.update(0), a, width, inside_out({}, a.parts));
    keep_whole(a.moments.update(0), a.parts);
    a.part.compute_at(a.moments, a.parts.x).hoist_storage(group);
    across_groups(a.part, a, width, {});
    across_groups(a.part.update(0), a, width, inside_out({}, a.blocks));
    keep_whole(a.part.update(0), a.blocks);

    const LoopLevel block(a.part, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        across_groups(a.pivot, a, width, {});
    }
    for (LaneSum &sum : a.sums) {
        schedule_sum(sum, a, width, block, group, knobs);
    }
}

// Rows of y that are written as one piece, where they lie side by side: several, if a tile has all of their groups.
Streaming stream_rows(Algorithm &a, int tile, const Knobs &knobs) {
    const Expr length = a.y.output_buffer().dim(static_cast<int>(a.r.size())).extent();
    const int piece = std::min(knobs.stream_tile, tile);
    const Expr rows = max(piece / max(length, 1), 1);
    a.y.split(a.r[0], tiles, row, rows, TailStrategy::GuardWithIf).partition(tiles, Partition::Never);
    a.y.split(row, row, part, knobs.joint_rows, TailStrategy::GuardWithIf).unroll(part);
    const Expr here = output_extent(a.y, static_cast<int>(a.r.size()));
    const Expr rows_here = max(piece / here, 1);
    return {tiles,
            min(rows_here, output_extent(a.y, 0) - tiles * rows_here) * min(here - ko * tile, tile),
            tile,
            rows_here == 1 || output_stride(a.y, 0) == here,
            a.k.size() > 1 ? a.k[1] : Var(),
            elements_of_group(a) * here,
            knobs.fetched_group,
            /*one_loop=*/true};
}

Streaming apply(Algorithm &a, const Letters &letters, const Target &target, const Knobs &knobs) {
    const int width = target.natural_vector_size(a.computed), tile = tile_on_stack(a, knobs.tile_groups);
    const LoopLevel group(a.y, ko);
    const Streaming streaming = stream_rows(a, tile, knobs);
    std::vector<Var> loops = {row, tiles};
    loops.insert(loops.end(), a.r.begin() + 1, a.r.end());
    in_tiles(a.y, a, width, tile, loops);
    a.y.reorder(kv, part, ki);
    for (Func *output : a.statistic_outputs()) {
        in_tiles(*output, a, width, tile, output == &a.summed ? std::vector<Var>{a.number} : std::vector<Var>{});
    }
    compute_with_y(a, ko);

    // Once for all rows where they do not depend on the row; else a row's at a time, since they are read with any
    // stride. Where the row alone says which they are, they are part of y: layer norm per pixel NCHW 8x96x56x56 took
    // 1465 us with a stage for them, and 1084 so. What is loaded is loaded before the vectors of the row, not with
    // each: 8x768x14x14 took 307 us, and 240 so (AVX2).
    const bool by_row = letters.reduced_params() > 0;
    const bool of_row = by_row && !letters.kept[0];
    for (Func *param : {&a.param_scale, &a.param_shift}) {
        if (of_row) {
            param->compute_at(a.y, row);
            if (letters.reduced[0]) {
                param->bound_storage(a.r[0], knobs.joint_rows);  // on the stack, since it is of known size
            }
        }
    }
    for (Func *param : {&a.group_scale, &a.group_shift}) {
        if (!of_row) {
            param->compute_at(by_row ? LoopLevel(a.y, row) : group);
            across_groups(*param, a, width, {}, TailStrategy::GuardWithIf);
        }
    }
    schedule_statistics(a, width, group, knobs);
    return streaming;
}

}  // namespace

const ScheduleFamily kept_innermost = schedule_of(kept_innermost_family, apply);

}  // namespace axnorm::codegen

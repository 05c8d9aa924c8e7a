// A reduced innermost group ("kR", "kKr", "rKr"): a vector holds the lanes of one statistic group.
#include "schedules/knobs/reduced_innermost_knobs.h"

#include <algorithm>

#include "schedule.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;
using Knobs = ReducedInnermostKnobs;

const Var tiles("tiles"), ro("ro"), ri("ri"), batch("batch"), row("row"), kv("kv"), lo("lo"), li("li");

Expr rows_of_batch(const Algorithm &a, const Knobs &knobs) {
    const auto extent = [&](size_t i) { return a.y.output_buffer().dim(static_cast<int>(i)).extent(); };
    Expr length = max(extent(0), 1);
    for (size_t i = 1; i < a.r.size(); ++i) {
        length *= max(extent(i), 1);
    }
    const Expr is_near = a.stream || length * extent(a.r.size()) <= knobs.near_elements;
    return clamp(select(is_near, knobs.batch_elements, knobs.far_batch_elements) / length, 1, knobs.rows);
}

// Stages with a value a row.
void across_rows(Stage stage, const Algorithm &a, const Knobs &knobs) {
    stage.split(a.k[0], row, kv, knobs.rows, TailStrategy::GuardWithIf).vectorize(kv).partition(row, Partition::Never);
}

void schedule_sum(LaneSum &sum, Algorithm &a, int width, const LoopLevel &block, bool batched, const Knobs &knobs) {
    const auto of_batch = [&](Func &stage) {
        if (batched) {
            stage.bound_storage(a.k[0], knobs.rows);
        }
        for (size_t i = 0; i < a.r.size(); ++i) {
            stage.bound_extent(a.b[i], 1);
        }
    };
    sum.lane.compute_at(block).bound(a.lane, 0, a.used_lanes).vectorize(a.lane);
    of_batch(sum.lane);
    for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
        const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
        std::vector<VarOrRVar> loops = in_turns(sum.lane.update(i), reduction, knobs.sum_steps).loops();
        loops.insert(loops.begin(), {li, lo});
        sum.lane.update(i).split(a.lane, lo, li, a.used_lanes == lanes ? width : a.used_lanes);
        sum.lane.update(i).reorder(with_outer(loops, reduction)).vectorize(li).unroll(lo);
    }
    for (size_t i = 0; i < sum.tree.size(); ++i) {
        // The stages between are part of these.
        if (sum.width(i) == knobs.stored_lanes || sum.width(i) == 1) {
            sum.tree[i].compute_at(block).bound(a.lane, 0, sum.width(i)).vectorize(a.lane);
            of_batch(sum.tree[i]);
        }
    }
}

void schedule_statistics(Algorithm &a, int width, const LoopLevel &group, bool batched, const Knobs &knobs) {
    compute_statistics(a, group, batched ? knobs.rows : 0);
    a.part.compute_at(a.moments, a.parts.x);
    if (batched) {
        for (Func *stage : {&a.statistics, &a.moments, &a.part}) {
            stage->bound_storage(a.k[0], knobs.rows);
            across_rows(*stage, a, knobs);
        }
        a.moments.update(0).reorder(inside_out({a.k[0]}, a.parts));
        across_rows(a.moments.update(0), a, knobs);
        a.part.update(0).reorder(inside_out({a.k[0]}, a.blocks));
        across_rows(a.part.update(0), a, knobs);
    }
    for (size_t i = batched ? 1 : 0; i < a.k.size(); ++i) {
        // One group's, which Halide cannot see where loops are fused: it would ask the heap for room.
        a.statistics.bound_extent(a.k[i], 1);
        a.moments.bound_extent(a.k[i], 1);
    }
    keep_whole(a.moments.update(0), a.parts);
    keep_whole(a.part.update(0), a.blocks);
    const LoopLevel block(a.part, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        if (batched) {
            a.pivot.bound_storage(a.k[0], knobs.rows);
        }
    }
    for (LaneSum &sum : a.sums) {
        schedule_sum(sum, a, width, block, batched, knobs);
    }
}

Streaming apply(Algorithm &a, const Letters &letters, const Target &target, const Knobs &knobs) {
    const bool batched = !a.k.empty() && static_cast<int>(a.r.size()) <= knobs.batched_groups;
    const int tile = knobs.stream_tile, width = target.natural_vector_size(a.computed);
    // Elements that lie apart are loaded and stored one by one, in vectors of any length.
    const bool is_strided = !is_const_one(a.y.output_buffer().parameter().stride_constraint(0));
    const int vector = std::min(knobs.row_vector, (is_strided ? 1 : knobs.row_registers) * width);
    a.y.split(a.r[0], ro, ri, vector, TailStrategy::GuardWithIf).vectorize(ri);
    a.y.split(ro, tiles, ro, tile / vector, TailStrategy::GuardWithIf).partition(tiles, Partition::Never);
    if (batched) {
        in_batches(a, batch, row, rows_of_batch(a, knobs));
    }
    const Var group_loop = batched ? batch : a.k.empty() ? Var() : a.k[0];
    const LoopLevel group = a.k.empty() ? LoopLevel::root() : LoopLevel(a.y, group_loop);
    if (!letters.reduced[0]) {
        // Where the innermost loop has one scale, it stays in a register.
        const LoopLevel level = a.r.size() > 1 ? LoopLevel(a.y, a.r[1]) : batched ? LoopLevel(a.y, row) : group;
        a.group_scale.compute_at(level);
        a.group_shift.compute_at(level);
    }
    if (!a.k.empty()) {
        compute_with_y(a, group_loop);
    }
    schedule_statistics(a, width, group, batched, knobs);
    return {tiles,
            min(tile, output_extent(a.y, 0) - tiles * tile),
            tile,
            Internal::const_true(),
            group_loop,
            elements_of_group(a),
            knobs.fetched_group};
}

}  // namespace

const ScheduleFamily reduced_innermost = schedule_of(reduced_innermost_family, apply);

}  // namespace axnorm::codegen

// A reduced innermost group that is short and the kept group right around it, as one ("krKR-32"): a vector holds
// neighbouring channels, whatever statistic group they belong to.
//
// As in a kept innermost group each channel is summed by itself, over all rows. Then the channels of a statistic group
// are combined by the tree over lanes, one vector of channels with the one a few channels further; and what the group
// comes to is read by the number of its group into values for each channel, once for all rows.
#include <algorithm>

#include "schedule.h"
#include "schedules/knobs/channels_knobs.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;

const Var co("co"), ci("ci"), cv("cv"), tiles("tiles"), row("row"), part("part"), kv("kv"), ko("ko");

// Vectors of the innermost coordinate, with loops of each, then the given loops from the inside out.
void across(Stage stage, const Var &innermost, int width, std::vector<VarOrRVar> loops = {},
            TailStrategy tail = TailStrategy::GuardWithIf, const std::vector<VarOrRVar> &of_vector = {}) {
    stage.split(innermost, ko, kv, width, tail);
    loops.insert(loops.begin(), ko);
    loops.insert(loops.begin(), of_vector.begin(), of_vector.end());
    loops.insert(loops.begin(), kv);
    stage.reorder(loops).vectorize(kv).partition(ko, Partition::Never);
}

struct Scheduler {
    Algorithm &a;
    int width;
    LoopLevel group, block;
    const ChannelsKnobs &knobs;

    // A stage with a value a channel.
    void of_channels(Func &stage, const LoopLevel &level) const {
        stage.compute_at(level).bound(a.lane, 0, a.channels);
        across(stage, a.lane, width);
    }

    // Storage for whole vectors, and for the half that is read from further on.
    void store_lanes(Func &stage) const { stage.bound_storage(a.lane, a.channels + lanes); }

    // Halves are whole vectors: of a cut one Halide would make a scalar loop.
    void of_halves(Func &stage) const {
        stage.compute_at(block).hoist_storage(group).bound(a.lane, 0, a.channels);
        across(stage, a.lane, width, {}, TailStrategy::RoundUp);
        store_lanes(stage);
    }

    void of_groups(Func &stage, const LoopLevel &level) const {
        stage.compute_at(level);
        across(stage, a.k[0], width);
    }

    void sum(LaneSum &sum) const {
        of_channels(sum.lane, block);
        sum.lane.hoist_storage(group);
        store_lanes(sum.lane);
        for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
            const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
            const Turns turns = in_turns(sum.lane.update(i), reduction, knobs.sum_steps);
            across(sum.lane.update(i), a.lane, width, with_outer({turns.turn}, reduction), TailStrategy::GuardWithIf,
                   turns.steps);
        }
        for (size_t i = 0; i + 1 < sum.tree.size(); ++i) {
            of_halves(sum.tree[i]);
        }
    }

    void statistics() const {
        of_groups(a.statistics, group);
        of_groups(a.moments, group);
        across(a.moments.update(0), a.k[0], width, inside_out({}, a.parts));
        keep_whole(a.moments.update(0), a.parts);
        of_groups(a.part, LoopLevel(a.moments, a.parts.x));
        a.part.hoist_storage(group);
        across(a.part.update(0), a.k[0], width, inside_out({}, a.blocks));
        keep_whole(a.part.update(0), a.blocks);
        if (a.pivot.defined()) {
            of_groups(a.pivot, block);
            of_channels(a.lane_pivot, block);
        }
        for (LaneSum &of_block : a.sums) {
            sum(of_block);
        }
    }
};

Streaming stream_rows(Algorithm &a, int width, const ChannelsKnobs &knobs) {
    const int tile = knobs.tile_channels, piece = std::min(knobs.stream_tile, tile);
    const Expr rows = max(piece / max(a.y.output_buffer().dim(0).extent(), 1), 1);
    a.y.split(a.r[0], ci, cv, width, TailStrategy::GuardWithIf);
    a.y.split(ci, co, ci, tile / width, TailStrategy::GuardWithIf);
    a.y.split(a.r[1], tiles, row, rows, TailStrategy::GuardWithIf).partition(tiles, Partition::Never);
    a.y.split(row, row, part, knobs.joint_rows, TailStrategy::GuardWithIf).unroll(part);
    std::vector<VarOrRVar> loops = {cv, part, ci, row, tiles};
    loops.insert(loops.end(), a.r.begin() + 2, a.r.end());
    loops.emplace_back(co);
    loops.insert(loops.end(), a.k.begin() + 1, a.k.end());
    a.y.reorder(loops).vectorize(cv).partition(co, Partition::Never).partition(ci, Partition::Never);
    const Expr here = output_extent(a.y, 0), rows_here = max(piece / here, 1);
    return {tiles,
            min(rows_here, output_extent(a.y, 1) - tiles * rows_here) * min(here - co * tile, tile),
            tile,
            rows_here == 1 || output_stride(a.y, 1) == here,
            a.k.size() > 1 ? a.k[1] : Var(),
            elements_of_group(a),
            knobs.fetched_group};
}

Streaming apply(Algorithm &a, const Letters &, const Target &target, const ChannelsKnobs &knobs) {
    const LoopLevel group = a.k.size() > 1 ? LoopLevel(a.y, a.k[1]) : LoopLevel::root();
    const Scheduler scheduler{a, target.natural_vector_size(a.computed), group, LoopLevel(a.part, a.blocks.x), knobs};
    const Streaming streaming = stream_rows(a, scheduler.width, knobs);
    for (Func *output : a.statistic_outputs()) {
        for (size_t i = 1; i < a.k.size(); ++i) {
            output->bound(a.k[i], 0, a.y.output_buffer().dim(static_cast<int>(a.r.size() + i) - 1).extent());
        }
        if (a.k.size() > 1) {
            output->compute_with(a.y, a.k[1]);
        }
    }
    a.group_of.compute_root().bound(a.lane, 0, a.channels);
    scheduler.store_lanes(a.lane_of.compute_root().bound(a.lane, 0, a.channels));
    for (Func *stage : {&a.lane_center, &a.lane_scale, &a.lane_shift}) {
        if (stage->defined()) {
            scheduler.of_channels(*stage, group);
        }
    }
    scheduler.statistics();
    return streaming;
}

}  // namespace

const ScheduleFamily channels = schedule_of(channels_family, apply);

}  // namespace axnorm::codegen

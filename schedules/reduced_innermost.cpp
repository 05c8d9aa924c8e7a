// A reduced innermost group ("kR", "kKr", "rKr"): a vector holds the lanes of one statistic group.
#include "schedule.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;

Streaming apply(Algorithm &a, const Letters &letters, const Target &) {
    Var tiles("tiles"), ro("ro"), ri("ri");
    const LoopLevel group = a.k.empty() ? LoopLevel::root() : LoopLevel(a.y, a.k[0]);

    a.y.split(a.r[0], ro, ri, lanes, TailStrategy::GuardWithIf).vectorize(ri);
    a.y.split(ro, tiles, ro, stream_tile / lanes, TailStrategy::GuardWithIf).partition(tiles, Partition::Never);
    const Streaming streaming{tiles.name(), min(stream_tile, output_extent(a.y, 0) - tiles * stream_tile)};
    if (!letters.reduced[0]) {
        // Where the innermost loop has one gain, it stays in a register.
        const LoopLevel row = a.r.size() > 1 ? LoopLevel(a.y, a.r[1]) : group;
        a.gain.compute_at(row);
        a.offset.compute_at(row);
    }
    if (!a.k.empty()) {
        compute_with_y(a, a.k[0]);
    }
    if (!a.statistics.defined()) {
        return streaming;
    }
    a.statistics.compute_at(group);
    for (const Var &k : a.k) {
        // One group's, which Halide cannot see where loops are fused: it would ask the heap for room.
        a.statistics.bound_extent(k, 1);
    }
    a.moments.compute_at(group);
    keep_whole(a.moments.update(0), a.blocks);
    const LoopLevel block(a.moments, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
    }
    for (LaneSum &sum : a.sums) {
        sum.lane.compute_at(block).bound(a.lane, 0, a.used_lanes).vectorize(a.lane);
        for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
            const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
            sum.lane.update(i).reorder(inside_out({a.lane}, reduction)).vectorize(a.lane);
        }
        for (size_t i = 0; i < sum.tree.size(); ++i) {
            const int width = sum.width(i);
            sum.tree[i].compute_at(block).bound(a.lane, 0, width);
            if (width > 1) {
                sum.tree[i].vectorize(a.lane);
            }
        }
    }
    return streaming;
}

}  // namespace

const ScheduleFamily reduced_innermost = {[](const Letters &letters) { return !letters.kept_innermost; }, apply};

}  // namespace axnorm::codegen

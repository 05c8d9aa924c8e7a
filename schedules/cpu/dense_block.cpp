// Two innermost groups that are one block of memory, the inner one short and of known extent ("rK3", "krK4", "krKR4"):
// a vector spans both, and so several statistic groups.
//
// Lanes of the summation tree are a part of the block: lane and channel where the inner group is kept ("rK3": 32 lanes
// x 3 channels are 96 neighbours in memory), element and group where it is reduced ("krKR4"). Values of a statistic
// group are spread over the block once, and normalization reads them as it reads x.
#include <algorithm>
#include <numeric>

#include "schedule.h"
#include "schedules/knobs/dense_block_knobs.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;
using Knobs = DenseBlockKnobs;

const Var f("f"), vectors("vectors"), part("part"), tiles("tiles"), kv("kv"), pieces("pieces"), row("row");

// The inner loop and a part of the outer one are a vector. It is made of whole registers, and never split: Halide would
// no longer see that (f / 3) * 3 + f % 3 is f. Where the vector does not span the outer loop, it is the inner one
// alone.
struct Block {
    Var inner, outer;
    int part_of_outer;

    Block(const Var &in, const Var &out, int inner_extent, int width, bool spans)
        : inner(in), outer(out), part_of_outer(spans ? width / std::gcd(width, inner_extent) : 1) {}

    // Loops from the inside out: the vector, vectors of the outer loop, and the given ones.
    void schedule(Stage stage, std::vector<VarOrRVar> loops = {}) const {
        stage.split(outer, vectors, part, part_of_outer, TailStrategy::GuardWithIf);
        loops.insert(loops.begin(), {inner, part, vectors});
        stage.reorder(loops).fuse(inner, part, f).vectorize(f).partition(vectors, Partition::Never);
    }

    // A stage whose values are stored as the block is.
    void compute(Func &stage, const LoopLevel &level) const {
        stage.compute_at(level).reorder_storage(inner, outer);
        schedule(stage);
    }
};

std::vector<VarOrRVar> concat(std::vector<VarOrRVar> first, std::vector<Var>::const_iterator begin,
                              std::vector<Var>::const_iterator end) {
    first.insert(first.end(), begin, end);
    return first;
}

// What normalization reads: the values of statistic groups, spread over the block.
std::vector<Func *> spread_stages(Algorithm &a) {
    std::vector<Func *> all;
    for (Func *stage : {&a.lane_center, &a.lane_scale, &a.lane_shift}) {
        if (stage->defined()) {
            all.push_back(stage);
        }
    }
    return all;
}

void schedule_sums(Algorithm &a, const Block &block, const LoopLevel &level, const Knobs &knobs) {
    if (a.pivot.defined()) {
        a.pivot.compute_at(level);
        block.compute(a.lane_pivot, level);
    }
    for (LaneSum &sum : a.sums) {
        block.compute(sum.lane, level);
        for (int i = 0; i < sum.lane.num_update_definitions(); ++i) {
            const RDom &reduction = sum.reductions[static_cast<size_t>(i)];
            block.schedule(sum.lane.update(i),
                           with_outer(in_turns(sum.lane.update(i), reduction, knobs.sum_steps).loops(), reduction));
        }
    }
}

// "rK3": channels inside, lanes outside.
Streaming apply_kept(Algorithm &a, const Letters &letters, int width, const Knobs &knobs) {
    const int channels = letters.kept_extents[0];
    const bool spans = channels <= knobs.spanned_channels;
    const Var ro("ro"), ri("ri");
    const LoopLevel group = a.k.size() > 1 ? LoopLevel(a.y, a.k[1]) : LoopLevel::root();

    const int rows = knobs.stream_tile / (lanes * channels) * lanes;
    a.y.bound(a.k[0], 0, channels).split(a.r[0], ro, ri, lanes, TailStrategy::GuardWithIf);
    a.y.split(ro, pieces, ro, rows / lanes, TailStrategy::GuardWithIf).partition(pieces, Partition::Never);
    Block(a.k[0], ri, channels, width, spans)
        .schedule(a.y, concat(concat({ro, pieces}, a.r.begin() + 1, a.r.end()), a.k.begin() + 1, a.k.end()));
    if (a.k.size() > 1) {
        compute_with_y(a, a.k[1]);
    }

    const Block block(a.k[0], a.lane, channels, width, spans);
    for (Func *stage : spread_stages(a)) {
        stage->bound(a.lane, 0, lanes).bound(a.k[0], 0, channels);
        block.compute(*stage, group);
    }
    a.group_scale.compute_at(group);
    a.group_shift.compute_at(group);
    compute_statistics(a, group);
    a.moments.update(0).reorder(inside_out({a.k[0]}, a.parts));
    keep_whole(a.moments.update(0), a.parts);
    a.part.compute_at(a.moments, a.parts.x).hoist_storage(group);
    a.part.update(0).reorder(inside_out({a.k[0]}, a.blocks));
    keep_whole(a.part.update(0), a.blocks);
    const LoopLevel level(a.part, a.blocks.x);
    if (a.pivot.defined()) {
        a.lane_pivot.bound(a.lane, 0, lanes).bound(a.k[0], 0, channels);
    }
    for (LaneSum &sum : a.sums) {
        sum.lane.bound(a.lane, 0, lanes).bound(a.k[0], 0, channels);
        for (size_t i = 0; i < sum.tree.size(); ++i) {
            sum.tree[i].compute_at(level).reorder_storage(a.k[0], a.lane);
            sum.tree[i].bound(a.lane, 0, sum.width(i)).bound(a.k[0], 0, channels);
            sum.tree[i].reorder(a.k[0], a.lane).fuse(a.k[0], a.lane, f).vectorize(f);
        }
    }
    schedule_sums(a, block, level, knobs);
    return {pieces,
            min(rows, output_extent(a.y, 0) - pieces * rows) * channels,
            rows * channels,
            Internal::const_true(),
            a.k.size() > 1 ? a.k[1] : Var(),
            elements_of_group(a) * channels,
            knobs.fetched_group};
}

// Pieces of y that are written at once: several rows, where one is less than a tile and they lie side by side. A tile
// has `whole` elements.
Streaming stream_rows(Algorithm &a, int length, int whole, const Knobs &knobs) {
    const int kept = static_cast<int>(a.r.size());
    const Expr here = output_extent(a.y, kept) * length;
    const Expr of_tile = min(here - tiles * whole, whole);
    if (a.r.size() == 1) {
        return {tiles, of_tile, whole, Internal::const_true(), tiles, of_tile, knobs.fetched_group};
    }
    const int piece = std::min(knobs.stream_tile, whole);
    const auto rows_of = [&](const Expr &elements) { return max(piece / max(elements, 1), 1); };
    const Expr rows = rows_of(a.y.output_buffer().dim(kept).extent() * length), rows_here = rows_of(here);
    a.y.split(a.r[1], pieces, row, rows, TailStrategy::GuardWithIf).partition(pieces, Partition::Never);
    return {pieces,
            min(rows_here, output_extent(a.y, 1) - pieces * rows_here) * of_tile,
            whole,
            rows_here == 1 || output_stride(a.y, 1) == here,
            a.k.size() > 1 ? a.k[1] : Var(),
            elements_of_group(a) * output_extent(a.y, kept),
            knobs.fetched_group};
}

// "krKR4": elements inside, groups outside, in tiles.
Streaming apply_reduced(Algorithm &a, const Letters &letters, int width, const Knobs &knobs) {
    const int length = letters.reduced_extents[0];
    const LoopLevel group(a.y, tiles);
    const Block block(a.lane, a.k[0], length, width, length <= knobs.spanned_elements);
    const int vectors_of_tile = std::max(1, knobs.tile_elements / (length * block.part_of_outer));
    const auto in_tiles = [&](Func &output, std::vector<VarOrRVar> loops) {
        output.split(a.k[0], vectors, part, block.part_of_outer, TailStrategy::GuardWithIf);
        output.split(vectors, tiles, vectors, vectors_of_tile, TailStrategy::GuardWithIf);
        loops.emplace_back(tiles);
        output.reorder(concat(loops, a.k.begin() + 1, a.k.end())).partition(tiles, Partition::Never);
    };
    const Streaming streaming = stream_rows(a, length, vectors_of_tile * block.part_of_outer * length, knobs);
    std::vector<VarOrRVar> of_y = {a.r[0], part, vectors};
    if (a.r.size() > 1) {
        of_y.insert(of_y.end(), {row, pieces});
        of_y = concat(of_y, a.r.begin() + 2, a.r.end());
    }
    in_tiles(a.y.bound(a.r[0], 0, length), of_y);
    a.y.fuse(a.r[0], part, f).vectorize(f);
    for (Func *output : a.statistic_outputs()) {
        in_tiles(*output, output == &a.summed ? std::vector<VarOrRVar>{part, vectors, a.number}
                                              : std::vector<VarOrRVar>{part, vectors});
    }
    compute_with_y(a, tiles);

    const auto across = [&](Stage stage, std::vector<VarOrRVar> loops) {
        stage.split(a.k[0], vectors, kv, width, TailStrategy::GuardWithIf);
        loops.insert(loops.begin(), {kv, vectors});
        stage.reorder(loops).vectorize(kv).partition(vectors, Partition::Never);
    };
    // On the stack, since it is of known size.
    const int groups_of_tile = vectors_of_tile * block.part_of_outer;
    for (Func *stage : spread_stages(a)) {
        stage->bound(a.lane, 0, length).bound_storage(a.k[0], groups_of_tile);
        block.compute(*stage, group);
    }
    for (Func *stage : {&a.statistics, &a.moments, &a.part}) {
        stage->bound_storage(a.k[0], groups_of_tile);
        across(*stage, {});
    }
    compute_statistics(a, group, groups_of_tile);
    for (size_t i = 1; i < a.k.size(); ++i) {
        a.moments.bound_extent(a.k[i], 1);  // which Halide cannot see where loops are fused
    }
    across(a.moments.update(0), inside_out({}, a.parts));
    keep_whole(a.moments.update(0), a.parts);
    a.part.compute_at(a.moments, a.parts.x);
    across(a.part.update(0), inside_out({}, a.blocks));
    keep_whole(a.part.update(0), a.blocks);
    if (a.pivot.defined()) {
        across(a.pivot, {});
        a.pivot.bound_storage(a.k[0], groups_of_tile);
        a.lane_pivot.bound(a.lane, 0, length).bound_storage(a.k[0], groups_of_tile);
    }
    for (LaneSum &sum : a.sums) {
        sum.lane.bound(a.lane, 0, length).bound_storage(a.k[0], groups_of_tile);
    }
    schedule_sums(a, block, LoopLevel(a.part, a.blocks.x), knobs);
    return streaming;
}

Streaming apply(Algorithm &a, const Letters &letters, const Target &target, const Knobs &knobs) {
    const int width = target.natural_vector_size(a.computed);
    return letters.kept_innermost ? apply_kept(a, letters, width, knobs) : apply_reduced(a, letters, width, knobs);
}

}  // namespace

const ScheduleFamily dense_block = schedule_of(dense_block_family, apply);

}  // namespace axnorm::codegen

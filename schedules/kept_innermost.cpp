// A kept innermost group ("rK", "krK", "kRk"): a vector holds neighbouring statistic groups.
#include "schedule.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;

constexpr int vector_width = 16;
constexpr int widest_tile = 1024;
constexpr int unrolled_steps = 2;
constexpr int chunk = 16384;

void apply(Algorithm &a, const Signature &, const Target &) {
    const Var k0 = a.k[0], ko("ko"), ki("ki"), kv("kv"), lo("lo"), li("li");
    const LoopLevel group(a.y, ko);
    const Expr tile = widest_tile / vector_width;
    // Vectors of k0 innermost, then the given loops from the inside out.
    const auto across_groups = [&](Stage stage, std::vector<VarOrRVar> loops) {
        stage.split(k0, ki, kv, vector_width, TailStrategy::GuardWithIf);
        loops.insert(loops.begin(), {kv, ki});
        stage.reorder(loops).vectorize(kv).partition(ki, Partition::Never);
    };
    const auto in_tiles = [&](Func &output, const std::vector<Var> &loops) {
        output.split(k0, ki, kv, vector_width, TailStrategy::GuardWithIf).split(ki, ko, ki, tile, TailStrategy::GuardWithIf);
        std::vector<VarOrRVar> order = {kv, ki};
        order.insert(order.end(), loops.begin(), loops.end());
        order.emplace_back(ko);
        order.insert(order.end(), a.k.begin() + 1, a.k.end());
        output.reorder(order).vectorize(kv).partition(ko, Partition::Never).partition(ki, Partition::Never);
    };

    in_tiles(a.y, a.r);
    for (Func *output : {&a.mean, &a.rstd}) {
        if (output->defined()) {
            in_tiles(*output, {});
        }
    }
    compute_with_y(a, ko);
    if (!a.statistics.defined()) {
        return;
    }
    a.gain.compute_at(group);
    across_groups(a.gain, {});
    a.offset.compute_at(group);
    across_groups(a.offset, {});
    a.statistics.compute_at(group);
    across_groups(a.statistics, {});
    a.moments.compute_at(group);
    across_groups(a.moments, {});
    across_groups(a.moments.update(0), inside_out({}, a.blocks));
    for (int i = 0; i < a.blocks.dimensions(); ++i) {
        a.moments.update(0).partition(a.blocks[i], Partition::Never);
    }

    const LoopLevel block(a.moments, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        across_groups(a.pivot, {});
    }
    for (LaneSum &sum : a.sums) {
        sum.lane.compute_at(block).hoist_storage(group).reorder_storage(k0, a.lane).align_storage(k0, vector_width).bound(a.lane, 0, lanes);
        across_groups(sum.lane, {a.lane});
        for (size_t i = 0; i < sum.reductions.size(); ++i) {
            Stage update = sum.lane.update(i);
            update.split(a.lane, lo, li, clamp(chunk / kept_extent(a, 0), 1, lanes), TailStrategy::GuardWithIf);
            update.partition(li, Partition::Never).partition(lo, Partition::Never);
            std::vector<VarOrRVar> loops = inside_out({li}, sum.reductions[i]);
            if (i == 0 && &sum == &a.sums.back()) {
                RVar so("so"), si("si");
                update.split(sum.reductions[i].x, so, si, unrolled_steps, TailStrategy::GuardWithIf).unroll(si);
                loops[1] = so;
                across_groups(update, loops);
                update.reorder(kv, si, ki);
            } else {
                across_groups(update, loops);
            }
        }
    }
}

}  // namespace

const ScheduleFamily kept_innermost = {
    "kept_innermost", [](const Signature &signature) { return signature.kept_innermost; }, apply};

}  // namespace axnorm::codegen

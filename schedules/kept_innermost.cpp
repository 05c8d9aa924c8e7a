// A kept innermost group ("rK", "krK", "kRk"): a vector holds neighbouring statistic groups.
#include "schedule.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;

// Groups that are worked on together. The lane sums of a tile are 32 x tile floats, twice: they have to stay in L1.
constexpr int tile = 64;
constexpr int vector_width = 16;

void apply(Algorithm &a, const Signature &, const Target &) {
    const Var k0 = a.k[0], ko("ko"), ki("ki"), kv("kv");
    const LoopLevel group(a.y, ko);
    // Vectors of k0 innermost, then the given loops from the inside out.
    const auto across_groups = [&](Stage stage, std::vector<VarOrRVar> loops) {
        stage.split(k0, ki, kv, vector_width, TailStrategy::GuardWithIf);
        loops.insert(loops.begin(), {kv, ki});
        stage.reorder(loops).vectorize(kv);
    };
    const auto in_tiles = [&](Func &output, const std::vector<Var> &loops) {
        output.split(k0, ko, ki, tile, TailStrategy::GuardWithIf).split(ki, ki, kv, vector_width, TailStrategy::GuardWithIf);
        std::vector<VarOrRVar> order = {kv, ki};
        order.insert(order.end(), loops.begin(), loops.end());
        order.emplace_back(ko);
        order.insert(order.end(), a.k.begin() + 1, a.k.end());
        output.reorder(order).vectorize(kv);
    };

    in_tiles(a.y, a.r);
    for (Func *output : {&a.mean, &a.rstd}) {
        if (output->defined()) {
            in_tiles(*output, {});
            output->compute_with(a.y, ko);
        }
    }
    if (!a.statistics.defined()) {
        return;
    }
    a.statistics.compute_at(group);
    across_groups(a.statistics, {});
    a.moments.compute_at(group);
    across_groups(a.moments, {});
    across_groups(a.moments.update(0), inside_out({}, a.blocks));

    const LoopLevel block(a.moments, a.blocks.x);
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        across_groups(a.pivot, {});
    }
    for (LaneSum &sum : a.sums) {
        sum.lane.compute_at(block).reorder_storage(k0, a.lane).bound(a.lane, 0, lanes);
        across_groups(sum.lane, {a.lane});
        for (size_t i = 0; i < sum.reductions.size(); ++i) {
            across_groups(sum.lane.update(i), inside_out({a.lane}, sum.reductions[i]));
        }
        for (Func &half : sum.tree) {
            half.compute_at(block).reorder_storage(k0, a.lane);
            across_groups(half, {a.lane});
        }
    }
}

}  // namespace

const ScheduleFamily kept_innermost = {
    "kept_innermost", [](const Signature &signature) { return signature.kept_innermost; }, apply};

}  // namespace axnorm::codegen

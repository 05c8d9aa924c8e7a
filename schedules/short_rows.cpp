// A reduced innermost group that is short ("kR-64"): several rows together, stage by stage, so that none waits for the
// chain of divisions and a square root of the one before; and no loop inside of a row, since it has two steps at most.
//
// In cache a row of 64 took 58 ns in loops for any length, one by one, 20 in batches, and 12 so; a row of 16 14, 20
// and 6.5.
#include "schedule.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;

const Var batch("batch"), row("row"), ro("ro"), ri("ri"), kv("kv");

// Rows of a batch: rows of 16 took 10.1 ns each in batches of 8, 8.1 of 16, 6.5 of 32; of 64 15.5, 12.4 and 12.2.
int rows_of(const Letters &letters) {
    return letters.most <= 16 ? 32 : 16;
}

// Stages with a value a row.
void across_rows(Func &func, Stage stage, const Algorithm &a, int rows) {
    func.bound_storage(a.k[0], rows);
    stage.split(a.k[0], row, kv, rows, TailStrategy::GuardWithIf).vectorize(kv).partition(row, Partition::Never);
}

void schedule_sum(LaneSum &sum, const Algorithm &a, int rows, const LoopLevel &block) {
    for (size_t i = 0; i < sum.tree.size(); ++i) {
        // The lanes, and the stages between, are part of these.
        if (sum.width(i) == 8 || sum.width(i) == 1) {
            sum.tree[i].compute_at(block).bound(a.lane, 0, sum.width(i)).bound_storage(a.k[0], rows);
        }
        if (sum.width(i) == 8) {
            sum.tree[i].vectorize(a.lane);
        }
    }
}

Streaming apply(Algorithm &a, const Letters &letters, const Target &target) {
    const int width = target.natural_vector_size(a.computed), rows = rows_of(letters);
    a.y.split(a.r[0], ro, ri, width, TailStrategy::GuardWithIf).vectorize(ri);
    in_batches(a, batch, row, rows);
    if (!letters.reduced[0]) {
        a.gain.compute_at(a.y, row);
        a.offset.compute_at(a.y, row);
    }
    compute_with_y(a, batch);

    const LoopLevel group(a.y, batch), block(a.moments, a.blocks.x);
    a.statistics.compute_at(group);
    a.moments.compute_at(group);
    across_rows(a.statistics, a.statistics, a, rows);
    across_rows(a.moments, a.moments, a, rows);
    a.moments.update(0).reorder(inside_out({a.k[0]}, a.blocks));
    across_rows(a.moments, a.moments.update(0), a, rows);
    for (size_t i = 1; i < a.k.size(); ++i) {
        a.statistics.bound_extent(a.k[i], 1);
    }
    if (a.pivot.defined()) {
        a.pivot.compute_at(block);
        across_rows(a.pivot, a.pivot, a, rows);
    }
    for (LaneSum &sum : a.sums) {
        schedule_sum(sum, a, rows, block);
    }
    const Expr length = output_extent(a.y, 0);
    return {batch,
            min(rows, output_extent(a.y, 1) - batch * rows) * length,
            rows * letters.most,
            output_stride(a.y, 1) == length,
            Var(),
            Expr(0)};
}

}  // namespace

const ScheduleFamily short_rows = {[](const Letters &letters) { return letters.most != 0; }, apply};

}  // namespace axnorm::codegen

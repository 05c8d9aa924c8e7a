// A reduced innermost group that is short ("kR-128"): several rows together, stage by stage, so that none waits for the
// chain of divisions and a square root of the one before; and no loop inside of a row, since it has four steps at most.
//
// As soon as a row's lanes do not fill a vector any more, a vector holds those of several rows, down to one lane each:
// no row is summed up by itself. In cache rows of 16 took 14 ns in loops for any length, one by one, 6.2 in batches
// whose rows were summed up one by one, and 4.5 so; of 64 58, 13 and 8.7.
#include <algorithm>

#include "schedule.h"
#include "schedules/knobs/short_rows_knobs.h"

namespace axnorm::codegen {
namespace {

using namespace Halide;
using Knobs = ShortRowsKnobs;

const Var batch("batch"), row("row"), ro("ro"), ri("ri"), kv("kv");

// A stage for the rows of a batch, `together` of them in a vector. Batches are whole: the algorithm reads the last row
// again for those that are not there.
void across_rows(Func &func, const Algorithm &a, int together, const LoopLevel &group, const Knobs &knobs) {
    func.compute_at(group).bound_storage(a.k[0], std::max(knobs.batch_rows, knobs.far_rows));
    func.split(a.k[0], row, kv, together, TailStrategy::RoundUp).vectorize(kv).partition(row, Partition::Never);
    for (size_t i = 1; i < a.k.size(); ++i) {
        func.bound_extent(a.k[i], 1);
    }
}

// A stage that reads x has code of its own for rows of one step, of two, and so on: no step but the last one needs a
// mask, and none is there for nothing. Rows of 96 took 17.8 ns without, 14 so.
void for_each_length(Func &func, const Algorithm &a, int most, const Knobs &knobs) {
    if (knobs.shortest_case != 0 && most > knobs.shortest_case) {
        func.specialize(a.row_length <= knobs.shortest_case);
    }
    for (int step = 1; step < a.short_steps; ++step) {
        func.specialize(a.row_length <= step * lanes);
    }
    if (a.short_steps * lanes == most) {
        func.specialize(a.row_length < most);
    }
}

// The stages that fit a vector; those before are a part of the first one.
void schedule_sum(LaneSum &sum, const Algorithm &a, int most, int width, const LoopLevel &group, const Knobs &knobs) {
    bool is_first = true;
    const auto schedule = [&](Func &stage, int stage_lanes) {
        if (stage_lanes > width) {
            return;
        }
        stage.bound(a.lane, 0, stage_lanes).vectorize(a.lane);
        across_rows(stage, a, width / stage_lanes, group, knobs);
        if (is_first) {
            for_each_length(stage, a, most, knobs);
        }
        is_first = false;
    };
    schedule(sum.lane, a.used_lanes);
    for (size_t i = 0; i < sum.tree.size(); ++i) {
        schedule(sum.tree[i], sum.width(i));
    }
}

// Scale and shift are the same for all rows of a batch, if no row has its own.
void schedule_params(Algorithm &a, const Letters &letters, int width, const LoopLevel &group, const Knobs &knobs) {
    if (letters.kept[0]) {
        if (!letters.reduced[0]) {
            a.group_scale.compute_at(a.y, row);
            a.group_shift.compute_at(a.y, row);
        }
    } else if (letters.reduced[0]) {
        for (Func *param : {&a.param_scale, &a.param_shift}) {
            param->compute_at(group).bound_storage(a.r[0], letters.most);
            param->vectorize(a.r[0], width, TailStrategy::GuardWithIf);
        }
    } else {
        across_rows(a.group_scale, a, width, group, knobs);
        across_rows(a.group_shift, a, width, group, knobs);
    }
}

Streaming apply(Algorithm &a, const Letters &letters, const Target &target, const Knobs &knobs) {
    const int width = target.natural_vector_size(a.computed);
    a.y.split(a.r[0], ro, ri, width, TailStrategy::GuardWithIf).vectorize(ri);
    in_batches(a, batch, row, select(a.stream || a.row_length > knobs.near_length, knobs.far_rows, knobs.batch_rows));
    compute_with_y(a, batch);

    const LoopLevel group(a.y, batch);
    schedule_params(a, letters, width, group, knobs);
    across_rows(a.statistics, a, width, group, knobs);
    if (a.pivot.defined()) {
        across_rows(a.pivot, a, width, group, knobs);
    }
    for (LaneSum &sum : a.sums) {
        schedule_sum(sum, a, letters.most, width, group, knobs);
    }
    const Expr length = output_extent(a.y, 0);
    const int rows = knobs.far_rows;
    return {batch,
            min(rows, output_extent(a.y, 1) - batch * rows) * length,
            rows * letters.most,
            output_stride(a.y, 1) == length,
            Var(),
            Expr(0)};
}

}  // namespace

const ScheduleFamily short_rows = schedule_of(short_rows_family, apply);

}  // namespace axnorm::codegen

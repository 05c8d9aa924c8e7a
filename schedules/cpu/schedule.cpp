#include "schedule.h"

#include <algorithm>
#include <stdexcept>

namespace axnorm::codegen {

std::vector<Halide::Var> loops_in_groups(const Algorithm &a, const Streaming &streaming) {
    std::vector<Halide::Var> loops(a.r.begin() + 1, a.r.end());
    if (!streaming.loop.same_as(streaming.groups)) {
        loops.push_back(streaming.loop);
    }
    return loops;
}

std::vector<Halide::VarOrRVar> inside_out(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction) {
    for (int i = 0; i < reduction.dimensions(); ++i) {
        loops.emplace_back(reduction[i]);
    }
    return loops;
}

std::vector<Halide::VarOrRVar> Turns::loops() const {
    std::vector<Halide::VarOrRVar> all = steps;
    all.push_back(turn);
    return all;
}

Turns in_turns(Halide::Stage stage, const Halide::RDom &reduction, int steps) {
    if (steps == 1) {
        return {{}, reduction.x};
    }
    const Halide::RVar turn("turn"), step("step");
    stage.split(reduction.x, turn, step, steps, Halide::TailStrategy::GuardWithIf).unroll(step);
    return {{step}, turn};
}

std::vector<Halide::VarOrRVar> with_outer(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction) {
    for (int i = 1; i < reduction.dimensions(); ++i) {
        loops.emplace_back(reduction[i]);
    }
    return loops;
}

void keep_whole(Halide::Stage stage, const Halide::RDom &loops) {
    for (int i = 0; i < loops.dimensions(); ++i) {
        stage.partition(loops[i], Halide::Partition::Never);
    }
}

void compute_with_y(Algorithm &a, const Halide::Var &loop) {
    for (Halide::Func *output : a.statistic_outputs()) {
        for (size_t i = 0; i < a.k.size(); ++i) {
            // Said to be equal, or the loops are fused only up to the lesser extent, with two copies of everything
            // behind.
            output->bound(a.k[i], 0, a.y.output_buffer().dim(static_cast<int>(a.r.size() + i)).extent());
        }
        output->compute_with(a.y, loop);
    }
}

void compute_statistics(Algorithm &a, const Halide::LoopLevel &group, int groups) {
    a.statistics.compute_at(group);
    a.moments.compute_at(group);
    if (a.taken.defined()) {
        a.taken.compute_at(group);
        if (groups != 0) {
            a.taken.bound_storage(a.k[0], groups);
        }
    }
}

void in_batches(Algorithm &a, const Halide::Var &batch, const Halide::Var &row, const Halide::Expr &rows) {
    std::vector<Halide::Func *> outputs = a.statistic_outputs();
    outputs.push_back(&a.y);
    for (Halide::Func *output : outputs) {
        output->split(a.k[0], batch, row, rows, Halide::TailStrategy::GuardWithIf)
            .partition(batch, Halide::Partition::Never);
    }
    if (a.summed.defined()) {
        a.summed.reorder(row, a.number);
    }
}

Halide::Expr elements_of_group(const Algorithm &a) {
    Halide::Expr elements = output_extent(a.y, 0);
    for (size_t i = 1; i < a.r.size(); ++i) {
        elements *= output_extent(a.y, static_cast<int>(i));
    }
    return elements;
}

int tile_on_stack(const Algorithm &a, int most) {
    return std::min(most, stack_bytes / a.y.types()[0].bytes());
}

const ScheduleFamily &schedule_for(const Letters &letters) {
    const Family &family = family_for(letters, Device::cpu);
    for (const ScheduleFamily *schedule :
         {&dense_block, &channels, &group_tiles, &short_rows, &reduced_innermost, &kept_innermost}) {
        if (&schedule->family == &family) {
            return *schedule;
        }
    }
    throw std::logic_error("family " + family.name() + " has no schedule");
}

}  // namespace axnorm::codegen

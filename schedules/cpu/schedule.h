// Schedules: a family of signatures each, in a file each. A schedule decides loop order, vectors and where stages are
// computed; it never changes a bit of the result.
#pragma once

#include "generators/cpu/algorithm.h"
#include "streaming.h"

namespace axnorm::codegen {

struct ScheduleFamily {
    bool (*serves)(const Letters &letters);
    Streaming (*apply)(Algorithm &algorithm, const Letters &letters, const Halide::Target &target);
};

extern const ScheduleFamily channels;           // krKR-32: vectors across channels of any groups
extern const ScheduleFamily group_tiles;        // krKR: vectors along the reduction, of several groups row by row
extern const ScheduleFamily short_rows;         // kR-128: several rows together
extern const ScheduleFamily reduced_innermost;  // kR, kKr, rKr, ...: vectors along the reduction
extern const ScheduleFamily dense_block;        // rK3, krKR4: vectors across a short inner group and the next one
extern const ScheduleFamily kept_innermost;     // rK, krK, kRk, ...: vectors across statistic groups

// Loops for reorder(): the given ones, then those of a reduction.
std::vector<Halide::VarOrRVar> inside_out(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction);

// Does not split these loops into copies for their beginning, middle and end: everything inside would be compiled
// thrice.
void keep_whole(Halide::Stage stage, const Halide::RDom &loops);

// Computes mean and rstd, where they are outputs, beside y: at `loop`, which all of them have.
void compute_with_y(Algorithm &algorithm, const Halide::Var &loop);

// Computes what statistic groups come to at `group`, with room for `groups` of them where a loop of unknown length is
// over them.
void compute_statistics(Algorithm &algorithm, const Halide::LoopLevel &group, int groups = 0);

// Divides the innermost kept loop of y, mean and rstd into batches of rows.
void in_batches(Algorithm &algorithm, const Halide::Var &batch, const Halide::Var &row, const Halide::Expr &rows);

// How many elements of x a statistic group has.
Halide::Expr elements_of_group(const Algorithm &algorithm);

// The families, the most specific first. A new one is a file here and an entry in schedule.cpp.
const ScheduleFamily &schedule_for(const Letters &letters);

}  // namespace axnorm::codegen

// Schedules: a family of signatures each, in a file each. A schedule decides loop order, vectors and where stages are
// computed; it never changes a bit of the result.
#pragma once

#include <functional>
#include <type_traits>

#include "generators/cpu/algorithm.h"
#include "schedules/knobs/families.h"
#include "schedules/knobs/streaming_knobs.h"
#include "streaming.h"

namespace axnorm::codegen {

// Loops of y over what statistic groups have, but for the innermost ones.
std::vector<Halide::Var> loops_in_groups(const Algorithm &algorithm, const Streaming &streaming);

struct ScheduleFamily {
    const Family &family;
    std::function<Streaming(Algorithm &algorithm, const Letters &letters, const Halide::Target &target,
                            const KnobValues &knobs)>
        apply;
};

// `apply` takes the knobs as the family's struct.
template <class Knobs>
ScheduleFamily schedule_of(const FamilyOf<Knobs> &family,
                           Streaming (*apply)(Algorithm &, const Letters &, const Halide::Target &, const Knobs &)) {
    return {family, [&family, apply](Algorithm &algorithm, const Letters &letters, const Halide::Target &target,
                                     const KnobValues &knobs) {
                const Knobs filled = family.filled(knobs);
                Streaming streaming = apply(algorithm, letters, target, filled);
                if constexpr (std::is_base_of_v<CommonKnobs, Knobs>) {
                    if (filled.backward != 0) {
                        streaming.backward = loops_in_groups(algorithm, streaming);
                    }
                }
                return streaming;
            }};
}

extern const ScheduleFamily channels;           // krKR-32: vectors across channels of any groups
extern const ScheduleFamily group_tiles;        // krKR: vectors along the reduction, of several groups row by row
extern const ScheduleFamily short_rows;         // kR-128: several rows together
extern const ScheduleFamily reduced_innermost;  // kR, kKr, rKr, ...: vectors along the reduction
extern const ScheduleFamily dense_block;        // rK3, krKR4: vectors across a short inner group and the next one
extern const ScheduleFamily kept_innermost;     // rK, krK, kRk, ...: vectors across statistic groups

// Loops for reorder(): the given ones, then those of a reduction.
std::vector<Halide::VarOrRVar> inside_out(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction);

// The innermost loop of a reduction, with so many steps of it in a turn. Additions keep their order.
struct Turns {
    std::vector<Halide::VarOrRVar> steps;  // their loop, unrolled; none where a turn is a step
    Halide::VarOrRVar turn;

    std::vector<Halide::VarOrRVar> loops() const;  // from the inside out
};
Turns in_turns(Halide::Stage stage, const Halide::RDom &reduction, int steps);

// The loops of a reduction around its innermost one, behind the given ones.
std::vector<Halide::VarOrRVar> with_outer(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction);

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

// What is larger Halide takes from the heap.
inline constexpr int stack_bytes = 16384;

// Of a tile of y, of `most` elements at most: as many as the stack holds.
int tile_on_stack(const Algorithm &algorithm, int most);

// What the family does that serves the signature (families.h).
const ScheduleFamily &schedule_for(const Letters &letters);

}  // namespace axnorm::codegen

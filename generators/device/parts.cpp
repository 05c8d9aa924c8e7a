// Statistic groups that the chip does not hold: they are summed up in parts, whose moments are merged in double. Either
// a block goes through the parts of its group, or blocks have a part each, and others merge what these found: with the
// same bits.
#include "values.h"

namespace axnorm::codegen {

using namespace Halide;
using Internal::make_zero;

Expr DeviceAlgorithm::group_count() const {
    Expr count = cast<double>(n[0]);
    for (size_t i = 1; i < n.size(); ++i) {
        count *= cast<double>(n[i]);
    }
    return count;
}

// What a sum comes to in a part, for a single thread.
Expr DeviceAlgorithm::total_of_part(const DeviceSum &sum, int i, const Expr &of) const {
    Exprs warps;
    for (int w = 0; w < shape.warps; ++w) {
        warps.push_back(value_of(sum.of_warp, concat({0, w, of}, exprs(k)), i));
    }
    return add_all(make_zero(computed), warps);
}

// (pivot, deviations from it, their squares), rms: squares.
Exprs DeviceAlgorithm::values_of_part(const Expr &of) const {
    const DeviceSum &last = sums.back();
    if (!pivot.defined()) {
        return {total_of_part(last, 0, of)};
    }
    return {value_of(last.of_warp, concat({0, 0, of}, exprs(k)), 2), total_of_part(last, 0, of),
            total_of_part(last, 1, of)};
}

// A lane has the moments of every 32nd part, about the pivot of the first one.
void DeviceAlgorithm::define_moments() {
    Expr index;
    Exprs values, slot = concat({lane}, exprs(k));
    if (shape.split) {
        part_moments(concat({lane, warp_of}, part_args())) = Tuple(values_of_part(part));
        parts = RDom(0, ceil_div(part_total, warp), "parts");
        index = parts.x * warp + lane;
        parts.where(index < part_total);
        for (int i = 0; i < static_cast<int>(part_moments.outputs()); ++i) {
            values.push_back(value_of(part_moments, concat({0, 0, index}, exprs(k)), i));
        }
    } else {
        parts = RDom(0, part_total, "parts");
        index = parts.x;
        slot[0] = index % warp;
        values = values_of_part(index);
    }
    const Expr none = cast<double>(0);
    if (!pivot.defined()) {
        moments(concat({lane}, k)) = none;
        moments(slot) += cast<double>(values[0]);
        return;
    }
    moments(concat({lane}, k)) = Tuple(make_zero(computed), none, none);
    const Expr origin = shape.split ? value_of(part_moments, concat({0, 0, 0}, exprs(k)), 0)
                                    : select(is_first(parts), values[0], moments(concat({0}, exprs(k)))[0]);
    moments(slot) =
        merged(origin, moments(slot), {values[0], cast<double>(values[1]), cast<double>(values[2])}, part_count(index));
}

void DeviceAlgorithm::define_statistics_of_parts(const DeviceOperands &op) {
    const Exprs here = concat({lane}, exprs(k));
    merging.lane = Func("merging");
    if (!pivot.defined()) {
        merging.lane(concat({lane}, k)) = moments(here);
        merging.in_warp = combined(merging.lane, warp);
        const Expr mean_square = exchanged(merging.total(), here, 0) / group_count();
        statistics(concat({lane}, k)) = cast(computed, 1 / sqrt(mean_square + op.value(argument_eps)));
        return;
    }
    merging.lane(concat({lane}, k)) = Tuple(moments(here)[1], moments(here)[2]);
    merging.in_warp = combined(merging.lane, warp);
    const Exprs first = concat({0}, exprs(k));
    const Expr origin = shape.split ? value_of(part_moments, concat({0, 0}, first), 0) : Expr(moments(first)[0]);
    statistics(concat({lane}, k)) =
        Tuple(statistics_of({origin, exchanged(merging.total(), here, 0), exchanged(merging.total(), here, 1)},
                            group_count(), op.value(argument_eps)));
}

}  // namespace axnorm::codegen

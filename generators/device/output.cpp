// The outputs of kernels for GPUs: y, and the statistics that go out beside it.
#include "values.h"

namespace axnorm::codegen {

using namespace Halide;

namespace {

Expr load(const Func &from, const DeviceTensor &tensor, Exprs at, const DeviceOperands &op) {
    const Expr i = at[0];
    at[0] = i / tensor.per_word();
    return unpacked(tensor, from(at), i, op);
}

// An element of scale or shift, in x's computed type.
Expr param(const Func &from, const Exprs &at, const Expr &present, int absent, const DeviceOperands &op) {
    const Expr value = at.empty() ? unpacked(op.params_tensor, from(at), 0, op) : load(from, op.params_tensor, at, op);
    return value_if(present, value, cast(value.type(), absent));
}

}  // namespace

std::vector<Func *> DeviceAlgorithm::statistic_outputs() {
    std::vector<Func *> outputs;
    for (Func *output : {&mean, &rstd}) {
        if (output->defined()) {
            outputs.push_back(output);
        }
    }
    return outputs;
}

Expr DeviceAlgorithm::x_of_output(const DeviceOperands &op, const Expr &i, const Expr &vector) const {
    if (!held.defined() || !shape.held) {
        Exprs at = exprs(concat(r, k));
        at[0] = i;
        return load(op.tensor(argument_x), op.x_tensor, at, op);
    }
    const Expr in_vector = i % shape.vector;
    const Expr word_of = in_vector / op.x_tensor.per_word(), at_once = vector / shape.lanes;
    Exprs at = place_of(exprs(k), vector % shape.lanes);
    if (shape.warps == 1) {
        at = concat({word_of, at_once % shape.steps}, at);  // a register: the step is a constant
    } else {
        at.insert(at.begin() + 1, at_once % shape.warps);
        at = concat({word_of, at_once / shape.warps}, at);
    }
    return unpacked(op.x_tensor, held(at), i, op);
}

// What scale and shift are indexed by, at element `i` of a row of y.
Exprs DeviceAlgorithm::params_at(const Letters &letters, const Expr &i, const Exprs &kept) const {
    Exprs at;
    for (size_t d = 0; d < r.size(); ++d) {
        if (letters.reduced[d]) {
            at.push_back(d == 0 ? i : Expr(r[d]));
        }
    }
    for (size_t d = 0; d < k.size(); ++d) {
        if (letters.kept[d]) {
            at.push_back(kept[d]);
        }
    }
    return at;
}

void DeviceAlgorithm::define_group_params(const Letters &letters, const DeviceOperands &op) {
    const std::vector<Var> args = concat({lane}, k);
    const Exprs at = params_at(letters, 0, kept_at());
    group_scale(args) = param(op.tensor(argument_scale), at, op.value(argument_has_scale), 1, op);
    group_shift(args) = param(op.tensor(argument_shift), at, op.value(argument_has_shift), 0, op);
}

Expr DeviceAlgorithm::rstd_of(const Exprs &group) const {
    return value_of(taken, group, static_cast<int>(taken.outputs()) - 1);
}

// Element `i` of a row of y, as it is computed: by Algorithm::output_of()'s steps (generators/cpu/algorithm.cpp).
Expr DeviceAlgorithm::normalized(const Letters &letters, const DeviceOperands &op, const Expr &i) const {
    Expr vector = i / shape.vector, rows = vectors_of_row;
    for (size_t d = 1; d < n.size(); ++d) {
        vector += r[d] * rows;
        rows *= n[d];
    }
    const Exprs group = place_of(exprs(k), vector % shape.lanes);
    const Expr x = x_of_output(op, i, vector), rstd_here = rstd_of(group);
    const Expr normal = taken.outputs() == 3 ? multiply_add(x - taken(group)[0], rstd_here, taken(group)[1], op.has_fma)
                                             : x * rstd_here;
    if (group_scale.defined()) {
        return multiply_add(normal, group_scale(group), group_shift(group), op.has_fma);
    }
    const Exprs at = params_at(letters, i, exprs(k));
    return multiply_add(normal, param(op.tensor(argument_scale), at, op.value(argument_has_scale), 1, op),
                        param(op.tensor(argument_shift), at, op.value(argument_has_shift), 0, op), op.has_fma);
}

// From the lanes to mean and rstd, and to other blocks.
void DeviceAlgorithm::define_published() {
    const int count = static_cast<int>(statistics.outputs());
    const std::vector<Var> by_lane = concat({lane}, k), args = concat({lane, warp_of}, k);
    const Exprs place = place_of(exprs(k), lane);
    Exprs values, written;
    for (int i = 0; i < count; ++i) {
        values.push_back(value_of(statistics, exprs(by_lane), i));
    }
    published(by_lane) = Tuple(exchangeable(values));
    for (int i = 0; i < count; ++i) {
        written.push_back(exchanged(published, place, i));
    }
    rstd(args) = written.back();
    if (count == 3) {
        mean(args) = written[0];
    }
    if (shape.split) {
        summary(args) = Tuple(written);
    }
}

// Of statistics that were given, or are of this block, or that another one has found.
void DeviceAlgorithm::define_taken() {
    if (!summary.defined()) {
        taken = statistics;
        return;
    }
    Exprs values;
    for (int i = 0; i < static_cast<int>(summary.outputs()); ++i) {
        values.push_back(value_of(summary, concat({0, 0}, exprs(k)), i));
    }
    taken(concat({lane}, k)) = Tuple(values);
}

void DeviceAlgorithm::define_output(const Letters &letters, const DeviceOperands &op) {
    define_taken();
    if (letters.reduced_params() == 0) {
        define_group_params(letters, op);
    }
    const auto element = [&](const Expr &i) { return normalized(letters, op, i); };
    y(concat(r, k)) = op.y_tensor.packed ? packed(element(2 * r[0]), element(2 * r[0] + 1), op)
                                         : conversion_to_y(op).store(element(r[0]));
}

}  // namespace axnorm::codegen

// The outputs of kernels for GPUs: y, and the statistics that go out beside it.
#include "device_values.h"

namespace axnorm::codegen {

using namespace Halide;
using Internal::make_one;
using Internal::make_zero;

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
        return load(op.x, op.x_tensor, at, op);
    }
    const Expr in_vector = i % shape.vector;
    Exprs at = {in_vector / op.x_tensor.per_word()};
    if (shape.warps == 1) {
        at = concat(at, {vector / warp % shape.steps, vector % warp});  // a register: the step is a constant
    } else {
        at = concat(at, {vector / (warp * shape.warps), vector % warp, vector / warp % shape.warps});
    }
    return unpacked(op.x_tensor, held(concat(at, exprs(k))), i, op);
}

// What scale and shift are indexed by, at element `i` of a row of y.
Exprs DeviceAlgorithm::params_at(const Letters &letters, const Expr &i) const {
    Exprs at;
    for (size_t d = 0; d < r.size(); ++d) {
        if (letters.reduced[d]) {
            at.push_back(d == 0 ? i : Expr(r[d]));
        }
    }
    for (size_t d = 0; d < k.size(); ++d) {
        if (letters.kept[d]) {
            at.emplace_back(k[d]);
        }
    }
    return at;
}

void DeviceAlgorithm::define_gain(const Letters &letters, const DeviceOperands &op) {
    const std::vector<Var> args = concat({lane}, k);
    const Exprs at = params_at(letters, 0);
    gain(args) = rstd_of(exprs(args)) * param(op.scale, at, op.has_scale, 1, op);
    offset(args) = param(op.shift, at, op.has_shift, 0, op);
}

Expr DeviceAlgorithm::rstd_of(const Exprs &group) const {
    return value_of(statistics, group, static_cast<int>(statistics.outputs()) - 1);
}

// Element `i` of a row of y, as it is computed.
Expr DeviceAlgorithm::normalized(const Letters &letters, const DeviceOperands &op, const Expr &i) const {
    Expr vector = i / shape.vector, rows = vectors_of_row;
    for (size_t d = 1; d < n.size(); ++d) {
        vector += r[d] * rows;
        rows *= n[d];
    }
    const Exprs group = concat({vector % warp}, exprs(k));
    Expr centered = x_of_output(op, i, vector);
    if (statistics.outputs() == 3) {
        centered = (centered - statistics(group)[0]) - statistics(group)[1];
    }
    if (gain.defined()) {
        return multiply_add(centered, gain(group), offset(group), op.has_fma);
    }
    const Exprs at = params_at(letters, i);
    return multiply_add(centered, rstd_of(group) * param(op.scale, at, op.has_scale, 1, op),
                        param(op.shift, at, op.has_shift, 0, op), op.has_fma);
}

void DeviceAlgorithm::define_output(const Letters &letters, Statistic statistic, const DeviceOperands &op) {
    if (letters.reduced_params() == 0) {
        define_gain(letters, op);
    }
    const auto element = [&](const Expr &i) { return normalized(letters, op, i); };
    y(concat(r, k)) = op.y_tensor.packed ? packed(element(2 * r[0]), element(2 * r[0] + 1), op)
                                         : conversion_to_y(op).store(element(r[0]));
    if (statistic == Statistic::given) {
        return;
    }
    const std::vector<Var> args = concat({lane, warp_of}, k);
    const Exprs here = exprs(concat({lane}, k));
    Exprs values = {rstd_of(here)};
    if (statistic == Statistic::mean_var) {
        values.push_back(statistics(here)[0] + statistics(here)[1]);
    }
    published(concat({lane}, k)) = Tuple(exchangeable(values));
    rstd(args) = exchanged(published, here, 0);
    if (statistic == Statistic::mean_var) {
        mean(args) = exchanged(published, here, 1);
    }
}

}  // namespace axnorm::codegen

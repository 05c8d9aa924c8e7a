#include "device_algorithm.h"

namespace axnorm::codegen {

using namespace Halide;
using Internal::make_one;
using Internal::make_zero;

namespace {

Conversion conversion_of(const DeviceTensor &tensor, const DeviceOperands &op) {
    return {{tensor.dtype, tensor.dtype}, op.has_f16};
}

Conversion conversion_to_y(const DeviceOperands &op) {
    return {{op.x_tensor.dtype, op.y_tensor.dtype}, op.has_f16};
}

// Element `i`, which is even or odd as `i % 2` is, of a word.
Expr unpacked(const DeviceTensor &tensor, const Expr &word, const Expr &i, const DeviceOperands &op) {
    const Expr stored = tensor.packed ? cast<std::uint16_t>(select(i % 2 == 0, word, word >> 16)) : word;
    return conversion_of(tensor, op).load(stored);
}

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

// Halide exchanges 32 bits between lanes: stages that lanes read of each other have doubles as two words.
bool has_halves(const Func &stage) {
    return stage.types()[0] == UInt(32);
}

Exprs exchangeable(const Exprs &values) {
    Exprs words;
    for (const Expr &value : values) {
        if (value.type().bits() == 32) {
            words.push_back(value);
            continue;
        }
        const Expr bits = reinterpret<std::uint64_t>(value);
        words.push_back(cast<std::uint32_t>(bits));
        words.push_back(cast<std::uint32_t>(bits >> 32));
    }
    return words;
}

int exchanged_count(const Func &stage) {
    return static_cast<int>(stage.outputs()) / (has_halves(stage) ? 2 : 1);
}

Expr exchanged(const Func &stage, const Exprs &at, int i) {
    if (!has_halves(stage)) {
        return value_of(stage, at, i);
    }
    const Expr low = cast<std::uint64_t>(value_of(stage, at, 2 * i));
    return reinterpret<double>(low | (cast<std::uint64_t>(value_of(stage, at, 2 * i + 1)) << 32));
}

Expr product(const Exprs &values) {
    Expr all = 1;
    for (const Expr &value : values) {
        all *= value;
    }
    return all;
}

// A difference of squares; not max(): a NaN passes.
Expr not_negative(const Expr &variance) {
    return select(variance < 0, make_zero(variance.type()), variance);
}

}  // namespace

Type DeviceTensor::stored() const {
    return packed ? UInt(32) : Conversion::stored(dtype);
}

DeviceAlgorithm::DeviceAlgorithm(const Letters &letters, Statistic statistic, const DeviceShape &of,
                                 const DeviceOperands &op)
    : shape(of),
      computed(conversion_to_y(op).computed()),
      r(make_vars("r", letters.reduced_count)),
      k(make_vars("k", letters.kept_count)),
      n(op.reduced),
      m(op.kept) {
    vectors_of_row = shape.aligned ? n[0] / shape.vector : ceil_div(n[0], shape.vector);
    vectors = vectors_of_row * product({n.begin() + 1, n.end()});
    // In registers their number has to be known.
    steps_held = shape.held && shape.warps > 1 ? ceil_div(vectors, shape.warps * warp) : Expr(shape.steps);
    if (statistic == Statistic::given) {
        define_given(op);
    } else {
        if (!shape.held) {
            parts = RDom(0, ceil_div(vectors, shape.part()), "parts");
        }
        define_held(op);
        statistic == Statistic::mean_var ? define_mean_var(op) : define_rms(op);
    }
    define_output(letters, statistic, op);
}

std::vector<Var> DeviceAlgorithm::part_args() const {
    return shape.held ? k : concat({part}, k);
}

std::vector<Var> DeviceAlgorithm::lane_args() const {
    return concat(shape.warps == 1 ? std::vector<Var>{lane} : std::vector<Var>{lane, warp_of}, part_args());
}

Exprs DeviceAlgorithm::kept_at() const {
    Exprs at = exprs(k);
    if (shape.groups > 1) {
        at[0] = min(k[0], m[0] - 1);  // the last block may have rows without a group
    }
    return at;
}

Expr DeviceAlgorithm::vector_index(const Expr &at) const {
    const Expr in_part = (shape.warps == 1 ? at : at * shape.warps + warp_of) * warp + lane;
    return shape.held ? in_part : part * shape.part() + in_part;
}

Exprs DeviceAlgorithm::row_of(const Expr &vector) const {
    Exprs at;
    Expr rest = vector;
    for (size_t i = 0; i + 1 < n.size(); ++i) {
        const Expr extent = i == 0 ? vectors_of_row : n[i];
        at.push_back(rest % extent);
        rest = rest / extent;
    }
    at.push_back(rest);
    return at;
}

// Of vectors within the group: a row's last vector may have fewer elements than others.
Expr DeviceAlgorithm::exists(const Expr &vector, const Expr &i) const {
    return shape.aligned ? Internal::const_true() : row_of(vector)[0] * shape.vector + i < n[0];
}

Expr DeviceAlgorithm::elements_before(const Expr &vector) const {
    if (shape.aligned) {
        return vector * shape.vector;
    }
    return vector / vectors_of_row * n[0] + vector % vectors_of_row * shape.vector;
}

Expr DeviceAlgorithm::part_count(const Expr &of) const {
    if (shape.held) {
        return product(n);
    }
    const Expr end = min((of + 1) * shape.part(), vectors);
    return elements_before(end) - elements_before(of * shape.part());
}

void DeviceAlgorithm::define_held(const DeviceOperands &op) {
    const Expr vector = vector_index(step);
    Exprs at = row_of(vector);
    const Expr first = at[0] * (shape.vector / op.x_tensor.per_word());
    at[0] = first + word;
    const Expr value = op.x(concat(at, kept_at()));
    const std::vector<Var> args = concat({word, step}, lane_args());
    loaded(args) = value_if(vector < vectors && exists(vector, word), value, make_zero(value.type()));
    held(args) = loaded(args);
}

Exprs DeviceAlgorithm::elements(const Expr &at, const DeviceOperands &op) const {
    Exprs all;
    for (int i = 0; i < shape.vector; ++i) {
        const Expr stored = held(concat({i / op.x_tensor.per_word(), at}, exprs(lane_args())));
        all.push_back(unpacked(op.x_tensor, stored, i, op));
    }
    return all;
}

DeviceSum DeviceAlgorithm::sum(const std::string &name, int count, const DeviceOperands &op, const Add &add) const {
    const std::vector<Var> args = lane_args();
    DeviceSum sum;
    sum.lane = Func(name);
    sum.lane(args) = Tuple(Exprs(static_cast<size_t>(count), make_zero(computed)));
    sum.steps = RDom(0, steps_held, name + "_steps");
    const Expr vector = vector_index(sum.steps.x);
    sum.steps.where(vector < vectors);
    Exprs total;
    for (int i = 0; i < count; ++i) {
        total.push_back(value_of(sum.lane, exprs(args), i));
    }
    const auto kept = [&](Exprs values) {
        for (size_t i = 0; i < values.size(); ++i) {
            const Expr is_there = exists(vector, static_cast<int>(i));
            values[i] = select(is_there, values[i], make_zero(computed));
        }
        return values;
    };
    sum.lane(args) = Tuple(add(total, elements(sum.steps.x, op), kept));
    sum.in_warp = combined(sum.lane, warp);
    return sum;
}

// Each lane adds what its neighbour has that is half of `width` away, and so on: all end up with the same bits. As
// lane ^ width the neighbour would have no bounds that Halide can see.
std::vector<Func> DeviceAlgorithm::combined(Func of, int width) const {
    std::vector<Func> stages;
    const auto add_stage = [&](const std::string &suffix, const Exprs &values) {
        Func stage(of.name() + suffix);
        stage(of.args()) = Tuple(exchangeable(values));
        stages.push_back(stage);
        of = stage;
    };
    const auto values_at = [&](const Exprs &at) {
        Exprs values;
        for (int i = 0; i < exchanged_count(of); ++i) {
            values.push_back(exchanged(of, at, i));
        }
        return values;
    };
    const Exprs here = exprs(of.args());
    if (computed.bits() == 64) {
        add_stage("_halves", values_at(here));
    }
    for (int half = width / 2; half >= 1; half /= 2) {
        Exprs there = here, totals = values_at(here);
        there[0] = lane / (2 * half) * (2 * half) + half * (1 - lane / half % 2) + lane % half;
        const Exprs others = values_at(there);
        for (size_t i = 0; i < totals.size(); ++i) {
            totals[i] += others[i];
        }
        add_stage("_" + std::to_string(half), totals);
    }
    return stages;
}

// Brings the sums of warps to all lanes of all warps; `more` comes along.
void DeviceAlgorithm::combine_warps(DeviceSum &sum, const Exprs &more) const {
    const Func &in_warp = sum.in_warp.back();
    const int count = exchanged_count(in_warp);
    if (shape.warps == 1) {
        return;
    }
    Exprs values;
    for (int i = 0; i < count; ++i) {
        values.push_back(exchanged(in_warp, exprs(lane_args()), i));
    }
    sum.of_warp = Func(sum.lane.name() + "_of_warp");
    sum.of_warp(lane_args()) = Tuple(concat(values, more));
    Func all(sum.lane.name() + "_across");
    Exprs of_some;
    for (int i = 0; i < count; ++i) {
        of_some.push_back(value_of(sum.of_warp, concat({0, lane % shape.warps}, exprs(part_args())), i));
    }
    all(concat({lane}, part_args())) = Tuple(of_some);
    sum.across = {all};
    for (const Func &stage : combined(all, shape.warps)) {
        sum.across.push_back(stage);
    }
}

// What a sum comes to in a part, for a single thread.
Expr DeviceAlgorithm::total_of_part(const DeviceSum &sum, int i, const Expr &of) const {
    Exprs warps;
    for (int w = 0; w < shape.warps; ++w) {
        warps.push_back(value_of(sum.of_warp, concat({0, w, of}, exprs(k)), i));
    }
    return add_all(make_zero(computed), warps);
}

void DeviceAlgorithm::define_mean_var(const DeviceOperands &op) {
    sums.push_back(sum("total", 1, op, [](const Exprs &total, const Exprs &elements, const Kept &kept) {
        return Exprs{add_all(total[0], kept(elements))};
    }));
    combine_warps(sums[0], {});
    const std::vector<Var> args = concat({lane}, part_args());
    pivot(args) = exchanged(sums[0].total(), exprs(args), 0) / cast(computed, part_count(part));

    sums.push_back(sum("deviation", 2, op, [&](const Exprs &total, Exprs elements, const Kept &kept) {
        for (Expr &element : elements) {
            element -= pivot(args);
        }
        elements = kept(elements);
        return Exprs{add_all(total[0], elements), add_squares(total[1], elements, op.has_fma)};
    }));
    combine_warps(sums[1], {pivot(args)});
    shape.held ? define_mean_var_of_held(sums[1], op) : define_mean_var_of_parts(sums[1], op);
}

void DeviceAlgorithm::define_mean_var_of_held(const DeviceSum &deviation, const DeviceOperands &op) {
    const Exprs here = concat({lane}, exprs(k));
    const Expr count = cast(computed, part_count(0));
    const Expr m1 = shape.warps == 1 ? Expr(pivot(here)) : value_of(deviation.of_warp, concat({0, 0}, exprs(k)), 2);
    const Expr rest = exchanged(deviation.total(), here, 0) / count;
    const Expr variance = not_negative(exchanged(deviation.total(), here, 1) / count - rest * rest);
    statistics(concat({lane}, k)) = Tuple(m1, rest, 1 / sqrt(variance + cast(computed, op.eps)));
}

void DeviceAlgorithm::define_mean_var_of_parts(const DeviceSum &deviation, const DeviceOperands &op) {
    const auto of_part = [&](int i) { return total_of_part(deviation, i, parts.x); };
    const Expr m1 = value_of(deviation.of_warp, concat({0, 0, parts.x}, exprs(k)), 2);
    moments(k) = Tuple(make_zero(computed), cast<double>(0), cast<double>(0));
    moments(k) = merged(is_first(parts), moments(k), {m1, cast<double>(of_part(0)), cast<double>(of_part(1))},
                        part_count(parts.x));
    const Expr count = group_count(), average = Expr(moments(k)[1]) / count;
    const auto [mean_here, lost] = rounded_mean(moments(k)[0], average);
    const Expr variance = not_negative(Expr(moments(k)[2]) / count - average * average);
    statistics(concat({lane}, k)) = Tuple(mean_here, lost, cast(computed, 1 / sqrt(variance + op.eps)));
}

Expr DeviceAlgorithm::group_count() const {
    Expr count = cast<double>(n[0]);
    for (size_t i = 1; i < n.size(); ++i) {
        count *= cast<double>(n[i]);
    }
    return count;
}

void DeviceAlgorithm::define_rms(const DeviceOperands &op) {
    sums.push_back(sum("squares", 1, op, [&](const Exprs &total, const Exprs &elements, const Kept &kept) {
        return Exprs{add_squares(total[0], kept(elements), op.has_fma)};
    }));
    combine_warps(sums[0], {});
    const std::vector<Var> args = concat({lane}, k);
    if (shape.held) {
        const Expr mean_square = exchanged(sums[0].total(), exprs(args), 0) / cast(computed, part_count(0));
        statistics(args) = 1 / sqrt(mean_square + cast(computed, op.eps));
        return;
    }
    moments(k) = cast<double>(0);
    moments(k) += cast<double>(total_of_part(sums[0], 0, parts.x));
    statistics(args) = cast(computed, 1 / sqrt(moments(k) / group_count() + op.eps));
}

void DeviceAlgorithm::define_given(const DeviceOperands &op) {
    statistics(concat({lane}, k)) = Tuple(value_if(op.has_given_mean, op.given_mean(kept_at()), make_zero(computed)),
                                          make_zero(computed), op.given_rstd(kept_at()));
}

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
    const auto element = [&](const Expr &i) { return conversion_to_y(op).store(normalized(letters, op, i)); };
    y(concat(r, k)) = op.y_tensor.packed
                          ? cast<std::uint32_t>(element(2 * r[0])) | (cast<std::uint32_t>(element(2 * r[0] + 1)) << 16)
                          : element(r[0]);
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

#include "algorithm.h"

#include "values.h"

namespace axnorm::codegen {

using namespace Halide;
using Internal::make_zero;

namespace {

Expr product(const Exprs &values) {
    Expr all = 1;
    for (const Expr &value : values) {
        all *= value;
    }
    return all;
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
    steps_held = shape.held && shape.warps > 1 ? ceil_div(vectors, shape.warps * shape.lanes) : Expr(shape.steps);
    if (statistic == Statistic::given) {
        define_given(op);
    } else {
        part_total = shape.held ? Expr(1) : ceil_div(vectors, shape.part());
        define_held(op);
        switch (statistic) {
            case Statistic::mean_var: define_mean_var(op); break;
            case Statistic::rms: define_rms(op); break;
            case Statistic::given: break;
        }
        if (!shape.held) {
            define_moments();
            define_statistics_of_parts(op);
        }
        define_published();
    }
    define_output(letters, op);
}

std::vector<Var> DeviceAlgorithm::part_args() const {
    return shape.held ? k : concat({part}, k);
}

std::vector<Var> DeviceAlgorithm::lane_args() const {
    return concat(shape.warps == 1 ? std::vector<Var>{lane} : std::vector<Var>{lane, warp_of}, part_args());
}

Exprs DeviceAlgorithm::kept_at() const {
    Exprs at = exprs(k);
    if (shape.groups_of_warp() > 1) {
        at[0] = k[0] * shape.groups_of_warp() + lane / shape.lanes;
    }
    if (shape.teams > 1) {
        at[0] = min(at[0], m[0] - 1);  // the last block may have rows without a group
    }
    return at;
}

Expr DeviceAlgorithm::lane_of_group() const {
    return shape.groups_of_warp() > 1 ? lane % shape.lanes : Expr(lane);
}

Exprs DeviceAlgorithm::place_of(Exprs at, const Expr &of_group) const {
    const int groups = shape.groups_of_warp();
    const Expr first = groups > 1 ? at[0] % groups * shape.lanes : Expr(0);
    at[0] = at[0] / groups;
    return concat({first + of_group}, at);
}

Expr DeviceAlgorithm::vector_index(const Expr &at) const {
    const Expr in_part = (shape.warps == 1 ? at : at * shape.warps + warp_of) * shape.lanes + lane_of_group();
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
    const Expr value = op.tensor(argument_x)(concat(at, kept_at()));
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
    sum.in_warp = combined(sum.lane, shape.lanes);
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
    if (of.types()[0].bits() == 64) {
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
    if (shape.held) {
        define_mean_var_of_held(sums[1], op);
    }
}

void DeviceAlgorithm::define_mean_var_of_held(const DeviceSum &deviation, const DeviceOperands &op) {
    const Exprs here = concat({lane}, exprs(k));
    const Expr count = cast(computed, part_count(0));
    const Expr m1 = shape.warps == 1 ? Expr(pivot(here)) : value_of(deviation.of_warp, concat({0, 0}, exprs(k)), 2);
    const Expr average = exchanged(deviation.total(), here, 0) / count;
    const Expr variance = not_negative(exchanged(deviation.total(), here, 1) / count - average * average);
    const Expr inverse = 1 / sqrt(variance + cast(computed, op.value(argument_eps)));
    const Expr rounded = m1 + average, lost = (m1 - rounded) + average;
    statistics(concat({lane}, k)) = Tuple(rounded, lost * -inverse, inverse);
}

void DeviceAlgorithm::define_rms(const DeviceOperands &op) {
    sums.push_back(sum("squares", 1, op, [&](const Exprs &total, const Exprs &elements, const Kept &kept) {
        return Exprs{add_squares(total[0], kept(elements), op.has_fma)};
    }));
    combine_warps(sums[0], {});
    if (shape.held) {
        const std::vector<Var> args = concat({lane}, k);
        const Expr mean_square = exchanged(sums[0].total(), exprs(args), 0) / cast(computed, part_count(0));
        statistics(args) = 1 / sqrt(mean_square + cast(computed, op.value(argument_eps)));
    }
}

// Nothing was lost: -0, which changes no number.
void DeviceAlgorithm::define_given(const DeviceOperands &op) {
    statistics(concat({lane}, k)) =
        Tuple(value_if(op.value(argument_has_mean), op.tensor(argument_given_mean)(kept_at()), make_zero(computed)),
              Internal::make_const(computed, -0.0), op.tensor(argument_given_rstd)(kept_at()));
}

}  // namespace axnorm::codegen

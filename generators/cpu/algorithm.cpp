#include "algorithm.h"

#include <stdexcept>
#include <utility>

#include "extreme_groups.h"
#include "generators/shared/expressions.h"
#include "masked_load.h"

namespace axnorm::codegen {

using namespace Halide;
using Internal::make_const;
using Internal::make_one;
using Internal::make_zero;

namespace {

// No NaN is: of that Halide's < and > are false, but its <= and >= are true.
Expr is_between(const Expr &value, double low, double high) {
    return value > make_const(value.type(), low) && value < make_const(value.type(), high);
}

// An element of x, as it is computed with.
Expr x_at(const Operands &op, const Exprs &at) {
    return op.conversion.load(op.tensor(argument_x)(at));
}

}  // namespace

Algorithm::Algorithm(const Letters &letters, Statistic statistic, const Operands &op)
    : stream(op.stream),
      computed(op.conversion.computed()),
      has_mean(statistic == Statistic::mean_var),
      channels(op.channels),
      r(make_vars("r", letters.reduced_count)),
      k(make_vars("k", letters.kept_count)),
      b(make_vars("b", letters.reduced_count)),
      n(op.extent),
      given(op.value(argument_given)),
      groups(op.channels.defined() ? op.channels / op.extent[0] : Expr()),
      kept_extent(op.kept_extent) {
    const std::int32_t fixed = letters.reduced_extents[0];
    used_lanes = fixed != 0 && fixed < lanes ? fixed : lanes;
    short_steps = letters.has_channels() ? 0 : (letters.most + lanes - 1) / lanes;
    row_length = n[0];
    set_tree(op);
    if (short_steps == 0) {
        set_loops();
    }
    if (channels.defined()) {
        define_channels(op);
    }
    switch (statistic) {
        case Statistic::mean_var: define_mean_var(op); break;
        case Statistic::rms: define_rms(op); break;
        case Statistic::given: throw std::invalid_argument("kernels of mean_var serve given statistics");
    }
    define_output(letters, op);
}

// parts.h says the same.
void Algorithm::set_tree(const Operands &op) {
    const Expr all_steps = channels.defined() ? Expr(1) : ceil_div(op.length, lanes);
    inner_steps = short_steps != 0 ? all_steps : ceil_div(all_steps, ceil_div(all_steps, steps));
    row_blocks = channels.defined() ? Expr(1) : ceil_div(ceil_div(n[0], lanes), inner_steps);
    rows = n.size() > 1 ? max(steps / all_steps, 1) : Expr(1);
    part_rows = max(part_blocks * steps / (rows * all_steps), 1);
    column_blocks = n.size() > 1 ? ceil_div(n[1], rows) : Expr(1);
}

// Of the third and fourth group each index is a part.
void Algorithm::set_loops() {
    p = make_vars("p", static_cast<int>(n.size()));
    std::vector<Range> of_part = {{0, min(row_blocks, part_blocks)}};
    std::vector<Range> of_group = {{0, ceil_div(row_blocks, part_blocks)}};
    if (n.size() > 1) {
        of_part.emplace_back(0, min(column_blocks, part_rows));
        of_group.emplace_back(0, ceil_div(column_blocks, part_rows));
    }
    for (size_t i = 2; i < n.size(); ++i) {
        of_group.emplace_back(0, n[i]);
    }
    if (given.defined()) {
        of_group[0].extent = select(given, 0, of_group[0].extent);
    }
    blocks = RDom(of_part, "blocks");
    parts = RDom(of_group, "parts");
    const Exprs block = current_block();
    blocks.where(n.size() > 1 ? block[0] < row_blocks && block[1] < column_blocks : block[0] < row_blocks);
}

Exprs Algorithm::current_block() const {
    if (short_steps != 0) {
        return {Expr(0)};
    }
    Exprs block = exprs(p);
    block[0] = block[0] * part_blocks + blocks.x;
    if (block.size() > 1) {
        block[1] = block[1] * part_rows + blocks.y;
    }
    return block;
}

Expr Algorithm::block_count(const Exprs &block) const {
    const Expr inner = min(inner_steps * lanes, n[0] - block[0] * inner_steps * lanes);
    return n.size() > 1 ? inner * min(rows, n[1] - block[1] * rows) : inner;
}

Expr Algorithm::part_count() const {
    const Expr length = part_blocks * inner_steps * lanes, height = part_rows * rows;
    const Expr inner = min(length, n[0] - parts.x * length);
    return n.size() > 1 ? inner * min(height, n[1] - parts.y * height) : inner;
}

Expr Algorithm::group_count() const {
    Expr count = cast<double>(n[0]);
    for (size_t i = 1; i < n.size(); ++i) {
        count *= cast<double>(n[i]);
    }
    return count;
}

// x in this lane, at a step of the innermost reduced group and a row; groups outside of the rows have a block a
// coordinate.
Expr Algorithm::element(const Operands &op, const Expr &step, const Expr &row) const {
    Exprs at = exprs(b);
    at[0] = channels.defined() ? Expr(lane) : step * lanes + lane;
    if (at.size() > 1) {
        at[1] = row;
    }
    return x_at(op, concat(at, exprs(output_kept())));
}

// The same of a row that is short, and has no others beside it in its block. Rows past the last one are the last one
// again, so that all batches of rows are whole.
Expr Algorithm::short_element(const Operands &op, int step) const {
    const Func &x = op.tensor(argument_x);
    return op.conversion.load(masked(x(concat({step * lanes + lane}, existing_group())), exists(step)));
}

Expr Algorithm::exists(int step) const {
    return step * lanes + lane < n[0];
}

Expr Algorithm::row_of(const RDom &dom) const {
    return n.size() > 1 ? b[1] * rows + dom.y : Expr(0);
}

Expr Algorithm::row_exists(const Expr &row) const {
    return n.size() > 1 ? row < n[1] : Internal::const_true();
}

Exprs Algorithm::existing_group() const {
    Exprs group = exprs(k);
    if (kept_extent.defined()) {
        group[0] = min(group[0], kept_extent - 1);
    }
    return group;
}

// Of those that no output has the sums are 0, and what comes of them is not used.
Expr Algorithm::group_exists() const {
    return kept_extent.defined() ? likely(k[0] < kept_extent) : Internal::const_true();
}

RDom Algorithm::steps_and_rows(const std::string &name, const Expr &step_count, const Expr &row_count) const {
    std::vector<Range> ranges = {{0, step_count}};
    if (n.size() > 1) {
        ranges.emplace_back(0, row_count);
    }
    return RDom(ranges, name);
}

// Lanes without elements hold 0, and are left out: a sum that began as 0 is never -0, which adding 0 would change.
void Algorithm::combine_lanes(LaneSum &sum) const {
    if (channels.defined()) {
        combine_channels(sum);
        return;
    }
    Func wide = sum.lane;
    for (int width = lanes / 2; width >= 1; width /= 2) {
        if (width >= used_lanes) {
            continue;
        }
        Func half(sum.lane.name() + "_" + std::to_string(width));
        std::vector<Var> args = concat(concat({lane}, k), b);
        const int above = std::min(2 * width, used_lanes) - width;  // lanes that have a partner
        Exprs low = exprs(args), high = low;
        high[0] = above == width ? lane + width : min(lane, above - 1) + width;
        Exprs halves;
        for (int i = 0; i < wide.outputs(); ++i) {
            const Expr a = value_of(wide, low, i), c = value_of(wide, high, i);
            halves.push_back(above == width ? a + c : select(lane < above, a + c, a));
        }
        half(args) = Tuple(halves);
        sum.tree.push_back(half);
        wide = half;
    }
}

// A group of channels has its lanes in a row: the halves are added channel by channel, whatever group they belong to.
// What a channel has beyond the lanes of its half is not used. Nor is what lies beyond the last channel, where storage
// goes on (schedules/cpu/channels.cpp): Halide is told that nothing is read there.
void Algorithm::combine_channels(LaneSum &sum) const {
    Func wide = sum.lane;
    for (int width = lanes / 2; width >= 1; width /= 2) {
        Func half(sum.lane.name() + "_" + std::to_string(width));
        const auto channel = [&](const Expr &at) { return unsafe_promise_clamped(at, 0, channels - 1); };
        Exprs low = exprs(lane_args()), high = low, halves;
        low[0] = channel(lane);
        high[0] = channel(lane + width);
        for (int i = 0; i < wide.outputs(); ++i) {
            const Expr a = value_of(wide, low, i), c = value_of(wide, high, i);
            halves.push_back(select(lane_of(low[0]) + width < n[0], a + c, a));
        }
        half(lane_args()) = Tuple(halves);
        sum.tree.push_back(half);
        wide = half;
    }
    Func total(sum.lane.name() + "_total");
    Exprs first = exprs(lane_args()), totals;
    first[0] = unsafe_promise_clamped(k[0] * n[0], 0, channels - 1);
    for (int i = 0; i < wide.outputs(); ++i) {
        totals.push_back(value_of(wide, first, i));
    }
    total(concat(concat({lane}, k), b)) = Tuple(totals);
    sum.tree.push_back(total);
}

void Algorithm::define_channels(const Operands &op) {
    group_of(lane) = lane / op.extent[0];
    lane_of(lane) = lane - group_of(lane) * op.extent[0];
}

std::vector<Var> Algorithm::output_kept() const {
    return {k.begin() + (channels.defined() ? 1 : 0), k.end()};
}

std::vector<Var> Algorithm::lane_args() const {
    return concat(concat({lane}, output_kept()), b);
}

Exprs Algorithm::group_at(const std::vector<Var> &more) const {
    Exprs at = exprs(concat(k, more));
    if (channels.defined()) {
        at[0] = unsafe_promise_clamped(group_of(lane), 0, groups - 1);
    }
    return at;
}

LaneSum Algorithm::block_sum(const std::string &name, const Operands &op, int count, const Add &add) const {
    const std::vector<Var> args = lane_args();
    LaneSum sum{Func(name), {}, {}};
    sum.lane(args) = Tuple(Exprs(static_cast<size_t>(count), make_zero(computed)));
    const auto accumulate = [&](const RDom &dom, const Exprs &elements, bool together) {
        Exprs total;
        for (int i = 0; i < count; ++i) {
            total.push_back(count == 1 ? Expr(sum.lane(args)) : Expr(sum.lane(args)[i]));
        }
        if (together) {
            total = add(total, elements);
        } else {
            for (const Expr &element : elements) {
                total = add(total, {element});
            }
        }
        sum.lane(args) = Tuple(total);
        sum.reductions.push_back(dom);
    };
    if (short_steps != 0) {
        sum.lane = Func(name);
        sum.lane(args) = Tuple(short_sum(op, count, add));
    } else if (used_lanes < lanes || channels.defined()) {
        add_rows(name, op, accumulate);
    } else {
        add_steps(name, op, accumulate);
    }
    combine_lanes(sum);
    return sum;
}

// Step by step, but for rows of joint_steps whole ones: as add_steps() has it.
Exprs Algorithm::short_sum(const Operands &op, int count, const Add &add) const {
    const Exprs zero(static_cast<size_t>(count), make_zero(computed));
    Exprs total = zero, elements;
    const auto replace_if = [&](const Expr &condition, const Exprs &values) {
        for (size_t i = 0; i < total.size(); ++i) {
            total[i] = select(condition, values[i], total[i]);
        }
    };
    for (int step = 0; step < short_steps; ++step) {
        elements.push_back(short_element(op, step));
        replace_if(exists(step), add(total, {elements.back()}));
    }
    if (short_steps == joint_steps) {
        replace_if(n[0] >= joint_steps * lanes, add(zero, elements));
    }
    return total;
}

void Algorithm::add_steps(const std::string &name, const Operands &op, const Accumulate &accumulate) const {
    // Whole steps, with an element for each lane: as many as go together, then one by one.
    const Expr first = b[0] * inner_steps, whole_steps = min(inner_steps, n[0] / lanes - first);
    RDom joint = steps_and_rows(name + "_joint", inner_steps / joint_steps, rows);
    joint.where(joint.x < whole_steps / joint_steps && row_exists(row_of(joint)) && group_exists());
    Exprs elements;
    for (int i = 0; i < joint_steps; ++i) {
        elements.push_back(element(op, first + joint.x * joint_steps + i, row_of(joint)));
    }
    accumulate(joint, elements, true);

    RDom single = steps_and_rows(name + "_single", joint_steps - 1, rows);
    single.where(single.x < whole_steps % joint_steps && row_exists(row_of(single)) && group_exists());
    accumulate(single, {element(op, first + whole_steps / joint_steps * joint_steps + single.x, row_of(single))}, true);

    // The last step of a row, where it has fewer elements than lanes.
    RDom partial = steps_and_rows(name + "_partial", 1, rows);
    const Expr last = n[0] / lanes + partial.x;
    partial.where(last / inner_steps == b[0] && row_exists(row_of(partial)) && last * lanes + lane < n[0] &&
                  group_exists());
    accumulate(partial, {element(op, last, row_of(partial))}, true);
}

// Rows of one step each: as many as fit an expression, then one by one. They are added one by one in either, as
// add_steps() would, to which each of them is a last, partial step.
void Algorithm::add_rows(const std::string &name, const Operands &op, const Accumulate &accumulate) const {
    if (n.size() == 1) {
        const RDom row(0, 1, name + "_row");
        accumulate(row, {element(op, row.x, 0)}, true);
        return;
    }
    const Expr first = b[1] * rows, here = min(rows, n[1] - first);
    RDom joint(0, rows / joint_steps, name + "_joint");
    joint.where(joint.x < here / joint_steps);
    Exprs elements;
    for (int i = 0; i < joint_steps; ++i) {
        elements.push_back(element(op, 0, first + joint.x * joint_steps + i));
    }
    accumulate(joint, elements, false);
    RDom single(0, joint_steps - 1, name + "_single");
    single.where(single.x < here % joint_steps);
    accumulate(single, {element(op, 0, first + here / joint_steps * joint_steps + single.x)}, true);
}

// The mean of the first two steps of each block, or of two of its rows where they are short: near enough to the block's
// mean for squares about it, and no second read. More steps, or steps from all over the block, would be nearer where
// data changes along it, but four took batch norm NCHW 32x64x56x56 from 2.1 ms to 2.5, wherever they were. Constant
// data is its own pivot, exactly: two of a kind add up without rounding.
void Algorithm::define_pivot(const Operands &op) {
    const std::vector<Var> args = lane_args();
    LaneSum sample{Func("sample"), {}, {}};
    RDom once = steps_and_rows("once", 1, 1);
    const Expr first = b[0] * inner_steps + once.x;
    const Expr whole_steps = min(inner_steps, n[0] / lanes - first);
    const Expr block_rows = n.size() > 1 ? min(rows, n[1] - b[1] * rows) : Expr(1);
    // Choices, and no clamp(whole_steps - 1, 0, i) or min(i, block_rows - 1): Halide makes an offset of -1 of these,
    // beside an index that is one too large, and the product of that with a stride may not fit 32 bits.
    const auto sampled = [&](int i) {
        const Expr step = i == 0 ? Expr(0) : select(i < whole_steps, i, 0);
        const Expr row = i == 0 ? Expr(0) : select(i < whole_steps || block_rows <= i, 0, i);
        return element(op, first + step, row_of(once) + row);
    };
    if (!channels.defined()) {
        once.where(first * lanes + lane < n[0] && group_exists());
    }
    if (short_steps != 0) {
        const Expr x = short_element(op, 0);
        sample.lane(args) =
            make_zero(computed) + (x + (short_steps > 1 ? select(n[0] >= 2 * lanes, short_element(op, 1), x) : x));
    } else {
        sample.lane(args) = make_zero(computed);
        sample.lane(args) += sampled(0) + sampled(1);
        sample.reductions.push_back(once);
    }
    combine_lanes(sample);
    const Expr count = 2 * min(lanes, n[0] - b[0] * inner_steps * lanes);
    const Expr sample_mean = Expr(sample.tree.back()(concat({0}, exprs(concat(k, b))))) / cast(computed, count);
    // An Inf is no pivot: it has to reach the sums as Inf.
    pivot(concat(k, b)) = select(sample_mean - sample_mean == 0, sample_mean, 0);
    lane_pivot(args) = pivot(group_at(b));
    sums.push_back(sample);
}

void Algorithm::define_mean_var(const Operands &op) {
    define_pivot(op);
    sums.push_back(block_sum("deviation", op, 2, [&](const Exprs &total, const Exprs &elements) {
        Exprs deviations;
        for (const Expr &x : elements) {
            deviations.push_back(x - lane_pivot(lane_args()));
        }
        return Exprs{add_all(total[0], deviations), add_squares(total[1], deviations, op.fma)};
    }));

    const Exprs block = current_block(), here = concat(exprs(k), block);
    const FuncRef deviations = sums.back().tree.back()(concat({0}, here));
    const Moments of_block = {pivot(here), cast<double>(deviations[0]), cast<double>(deviations[1])};
    if (short_steps != 0) {
        moments(k) = Tuple(of_block.origin, of_block.differences, of_block.squares);
    } else {
        const Tuple none(make_zero(computed), cast<double>(0), cast<double>(0));
        const std::vector<Var> args = concat(k, p);
        moments(k) = none;
        part(args) = none;
        const Expr block_origin = select(is_first(blocks), of_block.origin, part(args)[0]);
        part(args) = merged(block_origin, part(args), of_block, block_count(block));
        const FuncRef of_part = part(concat(exprs(k), coordinates(parts)));
        const Expr part_origin = select(is_first(parts), of_part[0], moments(k)[0]);
        moments(k) = merged(part_origin, moments(k), {of_part[0], of_part[1], of_part[2]}, part_count());
    }

    const Exprs group = existing_group();
    set_statistics(op,
                   statistics_of({moments(k)[0], moments(k)[1], moments(k)[2]}, group_count(), op.value(argument_eps)),
                   given.defined() ? Exprs{op.tensor(argument_given_mean)(group), op.tensor(argument_given_rest)(group),
                                           op.tensor(argument_given_rstd)(group)}
                                   : Exprs());
    mean(k) = statistics(k)[0];
    rstd(k) = statistics(k)[2];
    summed(concat({number}, k)) = mux(number, {cast<double>(moments(k)[0]), moments(k)[1], moments(k)[2]});
}

const SafeRange &Algorithm::range() const {
    return computed.bits() == 64 ? safe_doubles : safe_floats;
}

// Those that are given in place of those that were summed up, if so; rstd is the last. SafeRange says which are
// extreme.
void Algorithm::set_statistics(const Operands &op, Exprs values, const Exprs &from_caller) {
    if (!from_caller.empty()) {
        taken(k) = Tuple(from_caller);
        for (size_t i = 0; i < values.size(); ++i) {
            values[i] = select(given, value_of(taken, exprs(k), static_cast<int>(i)), values[i]);
        }
    }
    const Expr rstd_size = abs(values.back());  // given ones may be negative
    Expr safe = is_between(rstd_size, range().low_rstd, range().high_rstd) &&
                op.value(argument_eps) < make_const(Float(64), range().high_eps);
    if (values.size() > 1) {
        safe = safe && abs(values[0]) * rstd_size < make_const(computed, range().high_mean);
    }
    values.back() = watched(values.back(), !safe, exprs(k));
    statistics(k) = Tuple(values);
}

void Algorithm::define_rms(const Operands &op) {
    sums.push_back(block_sum("squares", op, 1, [&](const Exprs &total, const Exprs &elements) {
        return Exprs{add_squares(total[0], elements, op.fma)};
    }));
    const Expr of_block = cast<double>(sums[0].tree.back()(concat({0}, concat(exprs(k), current_block()))));
    if (short_steps != 0) {
        moments(k) = of_block;
    } else {
        moments(k) = cast<double>(0);
        part(concat(k, p)) = cast<double>(0);
        part(concat(k, p)) += of_block;
        moments(k) += part(concat(exprs(k), coordinates(parts)));
    }
    const Expr inverse = 1 / sqrt(moments(k) / group_count() + op.value(argument_eps));
    set_statistics(op, {cast(computed, inverse)},
                   given.defined() ? Exprs{op.tensor(argument_given_rstd)(existing_group())} : Exprs());
    rstd(k) = statistics(k);
    summed(concat({number}, k)) = moments(k);
}

std::vector<Func *> Algorithm::statistic_outputs() {
    std::vector<Func *> outputs;
    for (Func *output : {&mean, &rstd, &summed}) {
        if (output->defined()) {
            outputs.push_back(output);
        }
    }
    return outputs;
}

// y = ((x - mean) * rstd + rest) * scale + shift, where `rest` is what rounding the mean has lost, times -rstd. With
// rstd * scale in one number it would be infinite, or have few bits, where y is not. An absent shift is -0, which
// changes no number.
Expr Algorithm::output_of(const Expr &x, const Exprs &at, const Expr &scale, const Expr &shift,
                          const Operands &op) const {
    const auto statistic = [&](int i) { return value_of(lane_center, at, i); };
    const Expr normalized =
        has_mean ? multiply_add(x - statistic(0), statistic(2), statistic(1), op.fma) : x * statistic(0);
    return multiply_add(normalized, scale, shift, op.fma);
}

// Of a lane's group.
void Algorithm::define_center(const std::vector<Var> &args, const Exprs &group) {
    Exprs values;
    for (int i = 0; i < statistics.outputs(); ++i) {
        values.push_back(value_of(statistics, group, i));
    }
    lane_center(args) = Tuple(values);
}

void Algorithm::define_output_of_channels(const Operands &op) {
    const std::vector<Var> args = concat({lane}, output_kept());
    Exprs here = exprs(args);
    here[0] = r[0];
    define_center(args, group_at({}));
    lane_scale(lane) = value_if(op.value(argument_has_scale), op.tensor(argument_scale)(lane), make_one(computed));
    lane_shift(lane) =
        value_if(op.value(argument_has_shift), op.tensor(argument_shift)(lane), make_const(computed, -0.0));
    const Expr x = x_at(op, concat(exprs(r), exprs(output_kept())));
    y(concat(r, output_kept())) = op.conversion.store(output_of(x, here, lane_scale(r[0]), lane_shift(r[0]), op));
}

void Algorithm::define_output(const Letters &letters, const Operands &op) {
    if (channels.defined()) {
        define_output_of_channels(op);
        return;
    }
    std::vector<Var> params, group_params = k;
    for (size_t i = 0; i < r.size(); ++i) {
        if (letters.reduced[i]) {
            params.push_back(r[i]);
            group_params.push_back(r[i]);
        }
    }
    for (size_t i = 0; i < k.size(); ++i) {
        if (letters.kept[i]) {
            params.push_back(k[i]);
        }
    }
    param_scale(params) =
        value_if(op.value(argument_has_scale), op.tensor(argument_scale)(exprs(params)), make_one(computed));
    param_shift(params) =
        value_if(op.value(argument_has_shift), op.tensor(argument_shift)(exprs(params)), make_const(computed, -0.0));
    group_scale(group_params) = param_scale(exprs(params));
    group_shift(group_params) = param_shift(exprs(params));

    // Where a step is all of a row, the lane says which element it is.
    const bool lane_is_element = used_lanes < lanes && letters.reduced[0];
    std::vector<Var> args = concat({lane}, group_params);
    Exprs of_lane = exprs(group_params), here = exprs(args);
    here[0] = used_lanes < lanes ? Expr(r[0]) : r[0] % lanes;
    if (lane_is_element) {
        args.erase(args.begin() + 1 + static_cast<std::ptrdiff_t>(k.size()));
        here.erase(here.begin() + 1 + static_cast<std::ptrdiff_t>(k.size()));
        of_lane[k.size()] = lane;
    }
    lane_scale(args) = group_scale(of_lane);
    lane_shift(args) = group_shift(of_lane);
    define_center(concat({lane}, k), exprs(k));
    const Expr x = x_at(op, concat(exprs(r), exprs(k)));
    y(concat(r, k)) =
        op.conversion.store(output_of(x, concat({here[0]}, exprs(k)), lane_scale(here), lane_shift(here), op));
}

}  // namespace axnorm::codegen

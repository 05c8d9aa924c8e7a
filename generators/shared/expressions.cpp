#include "expressions.h"

#include <utility>

namespace axnorm::codegen {

using namespace Halide;

namespace {

// The sum of a pivot and what the mean is from it, and in double what rounding the sum lost.
std::pair<Expr, Expr> rounded_mean(const Expr &origin, const Expr &average) {
    if (origin.type() == Float(64)) {  // what is lost is a double itself (Knuth's two-sum)
        const Expr mean = origin + average, added = mean - origin;
        return {mean, (origin - (mean - added)) + (average - added)};
    }
    const Expr mean64 = cast<double>(origin) + average, mean = cast<float>(mean64);
    return {mean, mean64 - cast<double>(mean)};
}

}  // namespace

std::vector<Var> make_vars(const std::string &name, int count) {
    std::vector<Var> vars;
    for (int i = 0; i < count; ++i) {
        vars.emplace_back(name + std::to_string(i));
    }
    return vars;
}

Exprs concat(const Exprs &first, const Exprs &second) {
    Exprs all = first;
    all.insert(all.end(), second.begin(), second.end());
    return all;
}

std::vector<Var> concat(const std::vector<Var> &first, const std::vector<Var> &second) {
    std::vector<Var> all = first;
    all.insert(all.end(), second.begin(), second.end());
    return all;
}

Exprs exprs(const std::vector<Var> &vars) {
    return {vars.begin(), vars.end()};
}

Expr ceil_div(const Expr &a, const Expr &b) {
    return (a + b - 1) / b;
}

Expr value_if(const Expr &condition, const Expr &value, const Expr &otherwise) {
    return Internal::Call::make(value.type(), Internal::Call::if_then_else, {condition, value, otherwise},
                                Internal::Call::PureIntrinsic);
}

Expr multiply_add(const Expr &a, const Expr &b, const Expr &c, bool fma) {
    if (!fma) {
        return a * b + c;
    }
    return Internal::Call::make(c.type(), "llvm.fma.f" + std::to_string(c.type().bits()), {a, b, c},
                                Internal::Call::PureExtern);
}

Expr add_all(const Expr &total, const Exprs &values) {
    Exprs sums = values;
    while (sums.size() > 1) {
        for (size_t i = 0; i < sums.size() / 2; ++i) {
            sums[i] = sums[2 * i] + sums[2 * i + 1];
        }
        sums.resize(sums.size() / 2);
    }
    return total + sums[0];
}

Expr add_squares(const Expr &total, const Exprs &values, bool fma) {
    if (values.size() == 1) {
        return multiply_add(values[0], values[0], total, fma);
    }
    Expr sum = values[0] * values[0];
    for (size_t i = 1; i < values.size(); ++i) {
        sum = multiply_add(values[i], values[i], sum, fma);
    }
    return total + sum;
}

Expr value_of(const Func &stage, const Exprs &at, int i) {
    return stage.outputs() == 1 ? Expr(stage(at)) : Expr(stage(at)[i]);
}

Exprs coordinates(const RDom &dom) {
    Exprs all;
    for (int i = 0; i < dom.dimensions(); ++i) {
        all.emplace_back(dom[i]);
    }
    return all;
}

Expr is_first(const RDom &dom) {
    Expr first = Internal::const_true();
    for (const Expr &coordinate : coordinates(dom)) {
        first = first && coordinate == 0;
    }
    return first;
}

Tuple merged(const Expr &origin, const FuncRef &total, const Moments &more, const Expr &count) {
    const Expr elements = cast<double>(count);
    const Expr shift = cast<double>(more.origin) - cast<double>(origin);
    return {origin, total[1] + (more.differences + elements * shift),
            total[2] + (more.squares + shift * (2 * more.differences + elements * shift))};
}

Exprs statistics_of(const Moments &moments, const Expr &count, const Expr &eps) {
    const Expr average = moments.differences / count;
    const auto [mean, lost] = rounded_mean(moments.origin, average);
    const Expr variance = not_negative(moments.squares / count - average * average);
    const Expr rstd = 1 / sqrt(variance + eps);
    const Type type = moments.origin.type();
    return {mean, cast(type, lost * -rstd), cast(type, rstd)};
}

Expr not_negative(const Expr &variance) {
    return select(variance < 0, Internal::make_zero(variance.type()), variance);
}

}  // namespace axnorm::codegen

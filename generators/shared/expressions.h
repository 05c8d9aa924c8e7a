// Expressions and lists of them that the algorithms of all kernels are written with.
#pragma once

#include <string>
#include <vector>

#include "Halide.h"

namespace axnorm::codegen {

using Exprs = std::vector<Halide::Expr>;

// Of some elements: sums of their differences from an origin, and of the squares of these, in double.
struct Moments {
    Halide::Expr origin, differences, squares;
};

std::vector<Halide::Var> make_vars(const std::string &name, int count);

Exprs concat(const Exprs &first, const Exprs &second);

std::vector<Halide::Var> concat(const std::vector<Halide::Var> &first, const std::vector<Halide::Var> &second);

Exprs exprs(const std::vector<Halide::Var> &vars);

Halide::Expr ceil_div(const Halide::Expr &a, const Halide::Expr &b);

// A branch, where select() would load from an operand that is absent.
Halide::Expr value_if(const Halide::Expr &condition, const Halide::Expr &value, const Halide::Expr &otherwise);

// a * b + c, rounded once where the target can. Halide 21 has no such intrinsic that is strict: LLVM's own is called
// for each lane, and LLVM makes vectors of them again (inspect_kernels finds any that it does not).
Halide::Expr multiply_add(const Halide::Expr &a, const Halide::Expr &b, const Halide::Expr &c, bool fma);

// Several elements are summed by themselves before they meet the total: the chain from one total to the next is then a
// single addition. With AVX-512, which has two registers a sum, layer norm of rows of 4096 in cache took 267 ns a row
// where each square was added to the total, and 212 so.
Halide::Expr add_all(const Halide::Expr &total, const Exprs &values);

Halide::Expr add_squares(const Halide::Expr &total, const Exprs &values, bool fma);

// One of the values of a stage, which may have a single one.
Halide::Expr value_of(const Halide::Func &stage, const Exprs &at, int i);

Exprs coordinates(const Halide::RDom &dom);

Halide::Expr is_first(const Halide::RDom &dom);

// Moments with those of `count` more elements, about the origin of the first ones, which that is: (origin, differences,
// squares). merge() in runtime/cpu/parts.cpp does the same.
Halide::Tuple merged(const Halide::Expr &origin, const Halide::FuncRef &total, const Moments &more,
                     const Halide::Expr &count);

// The mean of such moments, rest and rstd (operand_table.h), in the type of their origin.
Exprs statistics_of(const Moments &moments, const Halide::Expr &count, const Halide::Expr &eps);

// A variance that rounding made negative is 0; not max(): a NaN passes.
Halide::Expr not_negative(const Halide::Expr &variance);

}  // namespace axnorm::codegen

// What stages of kernels for GPUs hold, and what elements of tensors and values of lanes become in them.
#pragma once

#include "algorithm.h"

namespace axnorm::codegen {

// From what is stored to x's computed type, and from that to y.
Conversion conversion_of(const DeviceTensor &tensor, const DeviceOperands &op);
Conversion conversion_to_y(const DeviceOperands &op);

// Element `i`, which is even or odd as `i % 2` is, of a word.
Halide::Expr unpacked(const DeviceTensor &tensor, const Halide::Expr &word, const Halide::Expr &i,
                      const DeviceOperands &op);

// A word of two elements of y, from what is computed.
Halide::Expr packed(const Halide::Expr &even, const Halide::Expr &odd, const DeviceOperands &op);

// Halide exchanges 32 bits between lanes: stages that lanes read of each other have doubles as two words.
Exprs exchangeable(const Exprs &values);
int exchanged_count(const Halide::Func &stage);  // values
Halide::Expr exchanged(const Halide::Func &stage, const Exprs &at, int i);

}  // namespace axnorm::codegen

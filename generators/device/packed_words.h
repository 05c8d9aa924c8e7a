// Words of two elements of 16 bits, as CUDA's hardware makes them.
//
// For float16 it has an instruction that rounds two floats to a word; LLVM finds it where a vector of neighbours is
// converted, but the algorithm computes all even elements of some words and all odd ones, since Halide's vectors are of
// words. Of bfloat16 neither Halide nor LLVM's functions by names that Halide can call have one. So what is asked for
// here is a call until loops are vectors, which the lowering pass then makes arithmetic of.
#pragma once

#include "Halide.h"

namespace axnorm::codegen {

// Both are floats, `even` comes first in memory. To nearest even; NaN stays NaN, and in bfloat16 always is 0x7fff.
Halide::Expr float16_word(const Halide::Expr &even, const Halide::Expr &odd);
Halide::Expr bfloat16_word(const Halide::Expr &even, const Halide::Expr &odd);

// The float that the 16 bits are. Of vectors, which Halide would convert as such, LLVM gathers two elements in a word
// first.
Halide::Expr float_of_float16(const Halide::Expr &stored);

// For pipelines that have such words.
class PackedWords : public Halide::Internal::IRMutator {
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Call *call) override;
};

}  // namespace axnorm::codegen

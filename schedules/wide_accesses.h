// Accesses to tensors by 128 bits: Halide 21 makes them of four neighbours of 32 bits for GPUs, and scalar ones of all
// other vectors. Here two doubles become four such words and eight floats two vectors of them; every second float of
// eight, which is what the even elements of packed words of 16 bits take of scale and shift, is picked from all eight;
// and two words are stored as one of 64 bits.
#pragma once

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass, for kernels whose accesses are aligned.
class WideAccesses : public Halide::Internal::IRMutator {
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Call *call) override;
    Halide::Expr visit(const Halide::Internal::Load *load) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
    Halide::Expr load_wide(const Halide::Internal::Load *load, const Halide::Expr &base,
                           const Halide::Internal::ModulusRemainder &alignment, int lanes) const;

    Halide::Expr condition_;  // of the branch that is visited, or undefined
};

}  // namespace axnorm::codegen

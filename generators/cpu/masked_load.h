// Loads of elements that may lie past the end of a row: where `exists` is false nothing is read, and the value is 0.
//
//     total + masked(x(i), i < n)
//
// Halide masks loads together with the store that they are for, and such stores are slow where there is no instruction
// for them. So this is a call until loops are vectors, which the lowering pass then makes a load of.
#pragma once

#include "Halide.h"

namespace axnorm::codegen {

// `load` is an access to an input. Lanes that exist come before those that do not.
Halide::Expr masked(const Halide::Expr &load, const Halide::Expr &exists);

// For the pipeline that has masked loads.
class MaskedLoads : public Halide::Internal::IRMutator {
  public:
    explicit MaskedLoads(const Halide::Target &target) : target_(target) {}

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Call *call) override;

    Halide::Target target_;
};

}  // namespace axnorm::codegen

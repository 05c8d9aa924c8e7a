// Accesses to tensors by 128 bits: Halide 21 makes them of four neighbours of 32 bits for GPUs, and scalar ones of all
// other vectors. Here two doubles become four such words and eight floats two vectors of them, every second float of
// some is picked from all of them, and two words are stored as one of 64 bits.
#pragma once

#include <map>
#include <string>

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass, for kernels whose accesses are aligned. `present`: of inputs that a caller may do without, whether
// they are there. The algorithm reads them in a branch; but what the even and the odd elements of packed words have in
// common Halide takes out of their branches. So each access has a branch of its own, and what was a branch around it is
// a choice among values: in a branch within another of the same condition Halide would see no need.
class WideAccesses : public Halide::Internal::IRMutator {
  public:
    explicit WideAccesses(std::map<std::string, Halide::Expr> present) : present_(std::move(present)) {}

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Call *call) override;
    Halide::Expr visit(const Halide::Internal::Load *load) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
    Halide::Expr piece(const Halide::Internal::Load *load, const Halide::Expr &index,
                       const Halide::Internal::ModulusRemainder &alignment);

    std::map<std::string, Halide::Expr> present_;
    int guarded_ = 0;  // accesses so far that have a branch
};

}  // namespace axnorm::codegen

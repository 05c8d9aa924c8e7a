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
// common Halide takes out of their branches. So loops that read such inputs are made once for each case, and need
// neither branches nor choices.
class WideAccesses : public Halide::Internal::IRMutator {
  public:
    explicit WideAccesses(std::map<std::string, Halide::Expr> present) : present_(std::move(present)) {}

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
    Halide::Expr visit(const Halide::Internal::Call *call) override;
    Halide::Expr visit(const Halide::Internal::Load *load) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;

    using Present = std::map<std::string, Halide::Expr>;
    Halide::Internal::Stmt versions(const Halide::Internal::For *loop, Present::const_iterator input);
    Halide::Expr piece(const Halide::Internal::Load *load, const Halide::Expr &index,
                       const Halide::Internal::ModulusRemainder &alignment);

    Present present_;
    bool in_kernel_ = false;
    std::map<std::string, bool> known_;  // in a version of a loop: of each input that it reads
};

}  // namespace axnorm::codegen

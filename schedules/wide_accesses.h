// Accesses to tensors by 128 bits: Halide 21 makes them of four neighbours of 32 bits for GPUs, and scalar ones of all
// other vectors. Here two doubles become four such words and eight floats two vectors of them, every second float of
// some is picked from all of them, and two words are stored as one of 64 bits.
#pragma once

#include <map>
#include <string>

#include "Halide.h"

namespace axnorm::codegen {

// An input that a caller may do without: whether it is there, and what stands for each of its elements where it is not;
// for each word, where it is packed.
struct OptionalInput {
    Halide::Expr present, otherwise;
};

// A lowering pass, for kernels whose accesses are aligned. The algorithm reads inputs that may be absent in a branch;
// but what the even and the odd elements of packed words have in common Halide takes out of their branches. So loops
// that read such inputs are made once for each case, whether they are there or not, and need neither branches nor
// choices.
class WideAccesses : public Halide::Internal::IRMutator {
  public:
    explicit WideAccesses(std::map<std::string, OptionalInput> optional) : optional_(std::move(optional)) {}

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
    Halide::Expr visit(const Halide::Internal::Call *call) override;
    Halide::Expr visit(const Halide::Internal::Load *load) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;

    using Optional = std::map<std::string, OptionalInput>;
    Halide::Internal::Stmt versions(const Halide::Internal::For *loop, Optional::const_iterator input);
    Halide::Expr piece(const Halide::Internal::Load *load, const Halide::Expr &index,
                       const Halide::Internal::ModulusRemainder &alignment);

    Optional optional_;
    bool in_kernel_ = false;
    std::map<std::string, bool> known_;  // of optional inputs, in a version of a loop: whether they are there
};

}  // namespace axnorm::codegen

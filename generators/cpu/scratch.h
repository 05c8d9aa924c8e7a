// The memory that a kernel works in. What is small and of known size is on the stack, as Halide has it. But a thread's
// stack may be small: beyond a few kilobytes it is one block that the runtime has kept from the call before
// (runtime/system/scratch_memory.h), and so is what has no known size, a block each.
#pragma once

#include <string>
#include <vector>

#include "Halide.h"

namespace axnorm::codegen {

class Scratch : public Halide::Internal::IRMutator {
  public:
    using IRMutator::mutate;
    Halide::Internal::Stmt mutate(const Halide::Internal::Stmt &stmt) override;

  private:
    using IRMutator::visit;

    Halide::Internal::Stmt visit(const Halide::Internal::Allocate *allocate) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Free *free) override;

    bool inside_ = false;
    std::string block_;
    int least_ = 0;  // bytes of what lies in the block
    int bytes_ = 0;  // of the block
    std::vector<std::string> moved_;
};

}  // namespace axnorm::codegen

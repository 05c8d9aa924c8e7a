// The memory that a kernel works in. What is small and of known size is on the stack, as Halide has it. But a thread's
// stack may be small: beyond a kilobyte it is a block that each thread has, which the kernel finds in its context
// (runtime/planning/kernel_context.h). What has no known size, or is larger, are blocks that the runtime keeps from
// call to call (runtime/system/scratch_memory.h).
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

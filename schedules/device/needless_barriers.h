// Barriers behind nothing: of outputs that are computed with another one (compute_with) Halide leaves an empty stage
// where its own loops were, with a barrier behind it.
#pragma once

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass. Within loops barriers are left: one behind an empty stage may be what keeps two iterations apart.
class NeedlessBarriers : public Halide::Internal::IRMutator {
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::Block *block) override;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
};

}  // namespace axnorm::codegen

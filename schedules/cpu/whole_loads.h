// Loads of parts of vectors, as whole vectors: Halide reads every second group of lanes from the first one that is
// wanted to the last one, which may begin in the middle of a vector. Where vectors were stored just before, the
// processor does not forward them to such a load: rows of 16 took 6.6 ns so, 5.3 with whole vectors.
#pragma once

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass, for pipelines whose stages are stored in whole vectors.
class WholeLoads : public Halide::Internal::IRMutator {
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Shuffle *shuffle) override;
};

}  // namespace axnorm::codegen

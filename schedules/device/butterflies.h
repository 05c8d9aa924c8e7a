// Shuffles between lanes that are 1, 2, 4, 8 or 16 apart. The algorithm writes which lane is read as arithmetic whose
// bounds Halide sees, and Halide makes a shuffle by index of it, with some instructions for each index. The hardware
// has a shuffle by distance, which needs none.
#pragma once

#include <map>
#include <string>

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass, for kernels whose first thread dimension is a warp.
class Butterflies : public Halide::Internal::IRMutator {
    using Halide::Internal::IRMutator::visit;
    Halide::Expr visit(const Halide::Internal::Let *let) override;
    Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
    Halide::Expr visit(const Halide::Internal::Call *call) override;

    void note(const std::string &name, const Halide::Expr &value);

    std::map<std::string, Halide::Expr> of_lane_;  // variables that depend on the lane alone; names are unique
};

}  // namespace axnorm::codegen

// Stores of outputs that a caller may do without: Halide has no condition for an output.
#pragma once

#include <map>
#include <string>

#include "Halide.h"

namespace axnorm::codegen {

// A lowering pass: the outputs of these names are stored where their condition is true.
class OptionalStores : public Halide::Internal::IRMutator {
  public:
    explicit OptionalStores(std::map<std::string, Halide::Expr> conditions) : conditions_(std::move(conditions)) {}

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;

    std::map<std::string, Halide::Expr> conditions_;
};

}  // namespace axnorm::codegen

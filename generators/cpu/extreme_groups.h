// Extreme groups: statistic groups whose numbers leave the range in which kernels are exact (runtime/planning/
// safe_range.h). Kernels compute them like all others and say which they are; before they go on to the next groups, the
// runtime does these again in a wider type (runtime/cpu/extreme_groups.h). Others pay a comparison a group.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "Halide.h"
#include "generators/shared/expressions.h"

namespace axnorm::codegen {

// `value`, where WatchedGroups is a pass of the pipeline; it is of kept coordinates `group`, and `extreme` says whether
// that group is extreme. To be computed before anything of the group is written.
Halide::Expr watched(const Halide::Expr &value, const Halide::Expr &extreme, const Exprs &group);

// Calls axnorm_extreme() before stores of watched values, where some are extreme; and if there were any, axnorm_redo()
// at the end of the loop in which `statistics` are stored. To be the last pass that moves what is written.
class WatchedGroups : public Halide::Internal::IRMutator {
  public:
    // Where there is no runtime to call nothing is.
    WatchedGroups(const Halide::Func &statistics, bool has_runtime);

  private:
    using IRMutator::visit;

    struct Watch {
        Halide::Expr extreme;
        Exprs group;
    };

    // What ends with axnorm_redo().
    struct Scope {
        std::string name;  // of a byte: 1 where there was an extreme group
        bool is_told = false;
    };

    Halide::Expr visit(const Halide::Internal::Call *call) override;
    Halide::Expr visit(const Halide::Internal::Let *let) override;
    Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Store *store) override;
    Halide::Internal::Stmt visit(const Halide::Internal::Allocate *allocate) override;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
    Halide::Internal::Stmt tell(const Watch &watch, const std::string &scope) const;
    Halide::Internal::Stmt with_redo(const Halide::Internal::Stmt &stmt, const Scope &scope) const;
    Halide::Internal::Stmt with_watches(Halide::Internal::Stmt stmt, size_t first);

    bool has_runtime_;
    std::string statistics_;      // what is stored last of them
    std::vector<Scope> scopes_;   // the loops around
    size_t scope_ = SIZE_MAX;     // that in which statistics are stored
    std::vector<Watch> watches_;  // of the expression at hand
};

}  // namespace axnorm::codegen

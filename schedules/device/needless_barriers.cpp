#include "needless_barriers.h"

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

bool is_empty(const Stmt &stmt) {
    if (const auto *branch = stmt.as<IfThenElse>()) {
        return is_empty(branch->then_case) && (!branch->else_case.defined() || is_empty(branch->else_case));
    }
    const auto *evaluate = stmt.as<Evaluate>();
    return evaluate != nullptr && is_const(evaluate->value);
}

bool is_barrier(const Stmt &stmt) {
    const auto *evaluate = stmt.as<Evaluate>();
    const auto *call = evaluate != nullptr ? evaluate->value.as<Call>() : nullptr;
    return call != nullptr && call->is_intrinsic(Call::gpu_thread_barrier);
}

}  // namespace

Stmt NeedlessBarriers::visit(const Block *block) {
    const auto *rest = block->rest.as<Block>();
    if (rest != nullptr && is_empty(block->first) && is_barrier(rest->first)) {
        return mutate(rest->rest);
    }
    return IRMutator::visit(block);
}

Stmt NeedlessBarriers::visit(const For *loop) {
    const bool is_serial = loop->for_type == ForType::Serial || loop->for_type == ForType::Unrolled;
    return is_serial ? Stmt(loop) : IRMutator::visit(loop);
}

}  // namespace axnorm::codegen

#include "optional_stores.h"

namespace axnorm::codegen {

using namespace Halide::Internal;

Stmt OptionalStores::visit(const Store *store) {
    const auto condition = conditions_.find(store->name);
    const Stmt stored = IRMutator::visit(store);
    return condition == conditions_.end() ? stored : IfThenElse::make(condition->second, stored);
}

}  // namespace axnorm::codegen

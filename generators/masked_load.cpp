#include "masked_load.h"

#include <stdexcept>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr const char *name = "axnorm_masked_load";

}  // namespace

Expr masked(const Expr &load, const Expr &exists) {
    return Call::make(load.type(), name, {load, exists}, Call::PureExtern);
}

Expr MaskedLoads::visit(const Call *call) {
    if (call->name != name) {
        return IRMutator::visit(call);
    }
    const Load *load = call->args[0].as<Load>();
    if (load == nullptr) {
        throw std::logic_error("a masked load is no load any more");
    }
    const Expr exists = mutate(call->args[1]), zero = make_zero(call->type);
    if (call->type.is_scalar()) {  // only vectors have a mask
        return Call::make(call->type, Call::if_then_else, {exists, call->args[0], zero}, Call::PureIntrinsic);
    }
    return Select::make(
        exists,
        Load::make(load->type, load->name, mutate(load->index), load->image, load->param, exists, load->alignment),
        zero);
}

}  // namespace axnorm::codegen

#include "wide_accesses.h"

#include <vector>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int access_bits = 128;

// Whether neighbours from `base` on, which `alignment` is of, begin at a multiple of the size of an access of `bits`.
bool is_aligned(const ModulusRemainder &alignment, int bits, Type type) {
    const int elements = bits / type.bits();
    return alignment.modulus % elements == 0 && alignment.remainder % elements == 0;
}

}  // namespace

// Scale and shift, which may be absent, are read in a branch. Halide takes what the even and the odd elements have in
// common out of their branches: a load takes its condition along.
Expr WideAccesses::visit(const Call *call) {
    if (!call->is_intrinsic(Call::if_then_else)) {
        return IRMutator::visit(call);
    }
    const auto *all_lanes = call->args[0].as<Broadcast>();
    const Expr outer = condition_;
    condition_ = all_lanes != nullptr ? all_lanes->value : call->args[0];
    std::vector<Expr> arguments = {call->args[0], mutate(call->args[1])};
    condition_ = outer;
    arguments.push_back(mutate(call->args[2]));
    return Call::make(call->type, Call::if_then_else, arguments, Call::PureIntrinsic);
}

// Neighbours of a tensor, as many as make whole accesses.
Expr WideAccesses::load_wide(const Load *load, const Expr &base, const ModulusRemainder &alignment, int lanes) const {
    const Type element = load->type.element_of();
    const int of_access = access_bits / element.bits();
    std::vector<Expr> pieces;
    for (int i = 0; i < lanes; i += of_access) {
        const Expr word = simplify((base + i) * element.bits() / 32);
        Expr words = Load::make(UInt(32, 4), load->name, Ramp::make(word, 1, 4), load->image, load->param,
                                const_true(4), alignment * (element.bits() / 32));
        if (condition_.defined()) {
            words = Call::make(words.type(), Call::if_then_else,
                               {Broadcast::make(condition_, 4), words, make_zero(words.type())}, Call::PureIntrinsic);
        }
        pieces.push_back(reinterpret(element.with_lanes(of_access), words));
    }
    return pieces.size() == 1 ? pieces[0] : Shuffle::make_concat(pieces);
}

Expr WideAccesses::visit(const Load *load) {
    const auto *ramp = load->index.as<Ramp>();
    if (!load->param.defined() || ramp == nullptr || load->type.bits() < 32 || !is_const_one(load->predicate)) {
        return IRMutator::visit(load);
    }
    const int every = is_const(ramp->stride, 1) ? 1 : is_const(ramp->stride, 2) ? 2 : 0;
    const int lanes = every * ramp->lanes;
    if (every == 0 || lanes * load->type.bits() % access_bits != 0) {
        return IRMutator::visit(load);
    }
    // Where the first of two begins Halide knows from the strides.
    const int first = every == 2 ? static_cast<int>(load->alignment.remainder % 2) : 0;
    const ModulusRemainder alignment = load->alignment + ModulusRemainder(0, -first);
    if (!is_aligned(alignment, access_bits, load->type)) {
        return IRMutator::visit(load);
    }
    const Expr all = load_wide(load, simplify(mutate(ramp->base) - first), alignment, lanes);
    return every == 1 ? all : Shuffle::make_slice(all, first, 2, ramp->lanes);
}

Stmt WideAccesses::visit(const Store *store) {
    const auto *ramp = store->index.as<Ramp>();
    const Type type = store->value.type();
    const int bits = type.bits() * type.lanes();
    if (!store->param.defined() || ramp == nullptr || !is_const(ramp->stride, 1) || !is_const_one(store->predicate) ||
        !is_aligned(store->alignment, std::min(bits, access_bits), type)) {
        return IRMutator::visit(store);
    }
    const Expr value = mutate(store->value), base = mutate(ramp->base);
    if (bits == 64) {
        return Store::make(store->name, reinterpret(UInt(64), value), simplify(base / type.lanes()), store->param,
                           const_true(), store->alignment / type.lanes());
    }
    if (bits % access_bits != 0) {
        return IRMutator::visit(store);
    }
    const int of_access = access_bits / type.bits();
    std::vector<Stmt> pieces;
    for (int i = 0; i < type.lanes(); i += of_access) {
        const Expr piece = Shuffle::make_slice(value, i, 1, of_access);
        pieces.push_back(Store::make(store->name, reinterpret(UInt(32, 4), piece),
                                     Ramp::make(simplify((base + i) * type.bits() / 32), 1, 4), store->param,
                                     const_true(4), store->alignment * (type.bits() / 32)));
    }
    return Block::make(pieces);
}

}  // namespace axnorm::codegen

#include "wide_accesses.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int access_bits = 128;

// Whether neighbours from an index on, which `alignment` is of, begin at a multiple of the size of an access of `bits`.
bool is_aligned(const ModulusRemainder &alignment, int bits, Type type) {
    const int elements = bits / type.bits();
    return alignment.modulus % elements == 0 && alignment.remainder % elements == 0;
}

class Reads : public IRVisitor {
  public:
    explicit Reads(std::string name) : name_(std::move(name)) {}
    bool found = false;

  private:
    using IRVisitor::visit;
    void visit(const Load *load) override {
        found = found || load->name == name_;
        IRVisitor::visit(load);
    }

    std::string name_;
};

bool reads(const Stmt &stmt, const std::string &name) {
    Reads loads(name);
    stmt.accept(&loads);
    return loads.found;
}

bool is_of_all_lanes(const Expr &condition, const Expr &scalar) {
    const auto *broadcast = condition.as<Broadcast>();
    return equal(broadcast != nullptr ? broadcast->value : condition, scalar);
}

}  // namespace

// Of inputs from `input` on; for those before it is known whether they are there.
Stmt WideAccesses::versions(const For *loop, Present::const_iterator input) {
    if (input == present_.end()) {
        return IRMutator::visit(loop);
    }
    const auto &[name, present] = *input++;
    if (!reads(loop, name)) {
        return versions(loop, input);
    }
    known_[name] = true;
    const Stmt with = versions(loop, input);
    known_[name] = false;
    const Stmt without = versions(loop, input);
    known_.erase(name);
    return IfThenElse::make(present, with, without);
}

Stmt WideAccesses::visit(const For *loop) {
    const ScopedValue<bool> in_kernel(in_kernel_, in_kernel_ || is_gpu(loop->for_type));
    const bool is_choice = in_kernel_ && !is_gpu(loop->for_type) && known_.empty();
    return is_choice ? versions(loop, present_.begin()) : IRMutator::visit(loop);
}

Expr WideAccesses::visit(const Call *call) {
    if (call->is_intrinsic(Call::if_then_else)) {
        for (const auto &[name, is_there] : known_) {
            if (is_of_all_lanes(call->args[0], present_.at(name))) {
                return mutate(call->args[is_there ? 1 : 2]);
            }
        }
    }
    return IRMutator::visit(call);
}

// 128 bits from element `index` on.
Expr WideAccesses::piece(const Load *load, const Expr &index, const ModulusRemainder &alignment) {
    if (present_.count(load->name) != 0 && known_.count(load->name) == 0) {
        throw std::logic_error("no loop knows whether there is " + load->name);
    }
    const int words = load->type.bits() / 32;
    return Load::make(UInt(32, 4), load->name, Ramp::make(simplify(index * words), 1, 4), load->image, load->param,
                      const_true(4), alignment * words);
}

Expr WideAccesses::visit(const Load *load) {
    if (const auto known = known_.find(load->name); known != known_.end() && !known->second) {
        return make_zero(load->type);  // taken out of a branch; nothing uses it
    }
    const auto *ramp = load->index.as<Ramp>();
    if (!load->param.defined() || ramp == nullptr || load->type.bits() < 32 || !is_const_one(load->predicate)) {
        return IRMutator::visit(load);
    }
    const int every = is_const_one(ramp->stride) ? 1 : is_const(ramp->stride, 2) ? 2 : 0;
    const int lanes = every * ramp->lanes;
    // Where the first of two is Halide knows from the strides.
    const int first = every == 2 ? static_cast<int>(load->alignment.remainder % 2) : 0;
    const ModulusRemainder alignment = load->alignment + ModulusRemainder(0, -first);
    if (every == 0 || lanes * load->type.bits() % access_bits != 0 || !is_aligned(alignment, access_bits, load->type)) {
        return IRMutator::visit(load);
    }
    const Type element = load->type.element_of();
    const int of_access = access_bits / element.bits();
    const Expr base = mutate(ramp->base) - first;
    std::vector<Expr> pieces;
    for (int i = 0; i < lanes; i += of_access) {
        pieces.push_back(reinterpret(element.with_lanes(of_access), piece(load, base + i, alignment)));
    }
    const Expr all = pieces.size() == 1 ? pieces[0] : Shuffle::make_concat(pieces);
    return every == 1 ? all : Shuffle::make_slice(all, first, 2, ramp->lanes);
}

Stmt WideAccesses::visit(const Store *store) {
    const auto *ramp = store->index.as<Ramp>();
    const Type type = store->value.type();
    const int bits = type.bits() * type.lanes();
    if (!store->param.defined() || ramp == nullptr || !is_const_one(ramp->stride) || !is_const_one(store->predicate) ||
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

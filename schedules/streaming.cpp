#include "streaming.h"

#include <stdexcept>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

Expr ask_buffer(const Func &y, const char *question, int dimension) {
    return Call::make(Int(32), question,
                      {Variable::make(type_of<halide_buffer_t *>(), y.name() + ".buffer"), dimension}, Call::Extern);
}

bool ends_with(const std::string &name, const std::string &end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Vars of a schedule become the variables of the loops around; those of a loop that has one turn, and so is none, 0.
class InLoops : public IRMutator {
  public:
    explicit InLoops(const std::vector<std::string> &loops) : loops_(loops) {}

  private:
    using IRMutator::visit;

    Expr visit(const Variable *variable) override {
        for (const std::string &loop : loops_) {
            if (ends_with(loop, "." + variable->name)) {
                return Variable::make(Int(32), loop);
            }
        }
        return variable->name.find('.') == std::string::npos ? Expr(0) : Expr(variable);
    }

    const std::vector<std::string> &loops_;
};

// The index of the element that a statement stores first: what it depends on inside is replaced by its value there.
class FirstStore : public IRVisitor {
  public:
    FirstStore(const std::string &y, const Stmt &body) : y_(y) { body.accept(this); }

    Expr index;

  private:
    using IRVisitor::visit;

    void visit(const Store *store) override {
        if (store->name == y_ && !index.defined()) {
            const Ramp *ramp = store->index.as<Ramp>();
            index = ramp != nullptr ? ramp->base : store->index;
        }
    }
    void visit(const LetStmt *let) override { visit_inside(let, let->name, let->value); }
    void visit(const For *loop) override { visit_inside(loop, loop->name, loop->min); }

    template <class Statement>
    void visit_inside(const Statement *statement, const std::string &name, const Expr &value) {
        const bool found_before = index.defined();
        IRVisitor::visit(statement);
        if (!found_before && index.defined()) {
            index = substitute(name, value, index);
        }
    }

    std::string y_;
};

// Stores to `y` become stores to `tile`, the first element of which is that at `first`.
class Redirect : public IRMutator {
  public:
    Redirect(const std::string &y, const std::string &tile, const Expr &first) : y_(y), tile_(tile), first_(first) {}

  private:
    using IRMutator::visit;

    Stmt visit(const Store *store) override {
        if (store->name != y_) {
            return IRMutator::visit(store);
        }
        const int lanes = store->index.type().lanes();
        const Ramp *ramp = store->index.as<Ramp>();
        const Expr index = ramp != nullptr ? Ramp::make(ramp->base - first_, ramp->stride, lanes)
                                           : store->index - (lanes == 1 ? first_ : Broadcast::make(first_, lanes));
        return Store::make(tile_, store->value, index, Parameter(), store->predicate, ModulusRemainder());
    }

    std::string y_, tile_;
    Expr first_;
};

}  // namespace

Expr output_extent(const Func &y, int dimension) {
    return ask_buffer(y, Call::buffer_get_extent, dimension);
}

Expr output_stride(const Func &y, int dimension) {
    return ask_buffer(y, Call::buffer_get_stride, dimension);
}

StreamStores::StreamStores(const Func &func, const Streaming &what)
    : y(func.name()), dtype(func.types()[0]), streaming(what) {}

Stmt StreamStores::visit(const For *loop) {
    loops.push_back(loop->name);
    Stmt result;
    if (ends_with(loop->name, "." + streaming.loop)) {
        const Expr stream = Variable::make(Bool(), "stream") && InLoops(loops).mutate(streaming.contiguous);
        result = For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy,
                           loop->device_api, IfThenElse::make(stream, streamed(loop), loop->body));
    } else {
        result = IRMutator::visit(loop);
    }
    loops.pop_back();
    return result;
}

Stmt StreamStores::streamed(const For *loop) {
    const std::string tile = unique_name(y + "_tile"), first = unique_name("first");
    const Expr first_index = FirstStore(y, loop->body).index;
    if (!first_index.defined()) {
        throw std::logic_error("loop " + loop->name + " does not write " + y);
    }
    const Expr at = Variable::make(Int(32), first);
    const auto bytes = [&](const Expr &elements) { return cast<int64_t>(elements) * dtype.bytes(); };
    const auto pointer = [](const std::string &name) { return Variable::make(Handle(), name); };
    const Stmt copy = Evaluate::make(Call::make(
        Int(32), "axnorm_stream", {pointer(y), bytes(at), pointer(tile), bytes(InLoops(loops).mutate(streaming.count))},
        Call::Extern));
    const Stmt body = Block::make(Redirect(y, tile, at).mutate(loop->body), copy);
    return LetStmt::make(first, first_index,
                         Allocate::make(tile, dtype, MemoryType::Stack, {stream_tile}, const_true(), body));
}

}  // namespace axnorm::codegen

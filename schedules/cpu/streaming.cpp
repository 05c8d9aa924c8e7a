#include "streaming.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

Expr ask_buffer(const Func &y, const char *question, int dimension) {
    return Call::make(Int(32), question,
                      {Variable::make(type_of<halide_buffer_t *>(), y.name() + ".buffer"), dimension}, Call::Extern);
}

bool is_loop_of(const std::string &name, const std::string &var) {
    return name.ends_with("." + var);
}

// Vars of a schedule become the variables of the loops around; those of a loop of one turn, which is none any more, 0.
class InLoops : public IRMutator {
  public:
    explicit InLoops(std::vector<std::string> loops) : loops_(std::move(loops)) {}

  private:
    using IRMutator::visit;

    Expr visit(const Variable *variable) override {
        for (const std::string &loop : loops_) {
            if (is_loop_of(loop, variable->name)) {
                return Variable::make(Int(32), loop);
            }
        }
        return variable->name.find('.') == std::string::npos ? Expr(0) : Expr(variable);
    }

    std::vector<std::string> loops_;
};

// The loop from its last turn to its first.
Stmt backward(const For &loop) {
    const std::string turn = unique_name("turn");
    const Expr at = 2 * loop.min + loop.extent - 1 - Variable::make(Int(32), turn);
    return For::make(turn, loop.min, loop.extent, loop.for_type, loop.partition_policy, loop.device_api,
                     LetStmt::make(loop.name, at, loop.body));
}

// The index of the element of a buffer that a statement touches first: what it depends on inside is replaced by its
// value there.
class FirstIndex : public IRVisitor {
  public:
    FirstIndex(const std::string &buffer, const Stmt &body) : buffer_(buffer) { body.accept(this); }

    Expr index;

  private:
    using IRVisitor::visit;

    void visit(const Store *store) override {
        touch(store->name, store->index);
        IRVisitor::visit(store);
    }
    void visit(const Load *load) override {
        touch(load->name, load->index);
        IRVisitor::visit(load);
    }
    void visit(const LetStmt *let) override { visit_inside(let, let->name, let->value); }
    void visit(const Let *let) override { visit_inside(let, let->name, let->value); }
    void visit(const For *loop) override { visit_inside(loop, loop->name, loop->min); }

    void touch(const std::string &name, const Expr &at) {
        if (name == buffer_ && !index.defined()) {
            const Ramp *ramp = at.as<Ramp>();
            index = ramp != nullptr ? ramp->base : at;
        }
    }

    template <class Node>
    void visit_inside(const Node *node, const std::string &name, const Expr &value) {
        const bool found_before = index.defined();
        IRVisitor::visit(node);
        if (!found_before && index.defined()) {
            index = substitute(name, value, index);
        }
    }

    std::string buffer_;
};

// Stores to `y` become stores to `to`, the first element of which is that at `first`.
class Redirect : public IRMutator {
  public:
    Redirect(const std::string &y, const std::string &to, const Expr &first) : y_(y), to_(to), first_(first) {}

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
        return Store::make(to_, store->value, index, Parameter(), store->predicate, ModulusRemainder());
    }

    std::string y_, to_;
    Expr first_;
};

}  // namespace

Expr output_extent(const Func &y, int dimension) {
    return ask_buffer(y, Call::buffer_get_extent, dimension);
}

Expr output_stride(const Func &y, int dimension) {
    return ask_buffer(y, Call::buffer_get_stride, dimension);
}

StreamStores::StreamStores(const Func &to, const std::string &from, Type from_type, const Streaming &what)
    : y(to.name()), x(from), y_type(to.types()[0]), x_type(from_type), streaming(what) {}

Stmt StreamStores::visit(const LetStmt *let) {
    scopes.push_back({let->name, let->value});
    const Stmt result = IRMutator::visit(let);
    scopes.pop_back();
    return result;
}

Stmt StreamStores::visit(const For *loop) {
    scopes.push_back({loop->name, Expr()});
    Stmt result;
    if (is_loop_of(loop->name, streaming.loop.name())) {
        const Expr stream = Variable::make(Bool(), "stream") && in_loops(streaming.contiguous);
        const Stmt body = streaming.one_loop ? either(loop, stream)
                                             : IfThenElse::make(stream, streamed(loop, const_true()), loop->body);
        result = For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy,
                           loop->device_api, body);
    } else {
        result = IRMutator::visit(loop);
    }
    scopes.pop_back();
    return is_backward(loop->name) ? backward(*result.as<For>()) : result;
}

bool StreamStores::is_backward(const std::string &loop) const {
    return loop.starts_with(y + ".") &&
           std::ranges::any_of(streaming.backward, [&](const Var &var) { return is_loop_of(loop, var.name()); });
}

Expr StreamStores::in_loops(const Expr &value) const {
    std::vector<std::string> loops;
    for (const Scope &scope : scopes) {
        if (!scope.value.defined()) {
            loops.push_back(scope.name);
        }
    }
    return InLoops(loops).mutate(value);
}

// The index, where the loop is a turn further; undefined where there is no such loop.
Expr StreamStores::in_next_turn(Expr index, const Var &loop) const {
    for (size_t i = scopes.size(); i-- > 0;) {
        const Scope &scope = scopes[i];
        if (scope.value.defined()) {
            index = substitute(scope.name, scope.value, index);
        } else if (is_loop_of(scope.name, loop.name())) {
            const int step = is_backward(scope.name) ? -1 : 1;
            return substitute(scope.name, Variable::make(Int(32), scope.name) + step, index);
        }
    }
    return {};
}

// Stores to a tile or to y, in one loop.
Stmt StreamStores::either(const For *loop, const Expr &stream) {
    const std::string name = unique_name("is_streamed");
    return LetStmt::make(name, stream, streamed(loop, Variable::make(Bool(), name)));
}

// Stores to a tile, which is copied then; where `is_streamed` is false, to y.
Stmt StreamStores::streamed(const For *loop, const Expr &is_streamed) {
    const Expr count = in_loops(streaming.count);
    const Expr first_y = FirstIndex(y, loop->body).index, first_x = FirstIndex(x, loop->body).index;
    if (!first_y.defined() || !first_x.defined()) {
        throw std::logic_error("loop " + loop->name + " does not compute " + y + " of " + x);
    }
    Expr next_x = in_next_turn(first_x, streaming.loop);
    if (const Expr next_group = in_next_turn(first_x, streaming.groups); next_group.defined()) {
        next_x = select(in_loops(streaming.group_elements) <= streaming.fetched_group, next_group, next_x);
    }
    const std::string tile = unique_name(y + "_tile"), first = unique_name("first");
    const Expr at = Variable::make(Int(32), first);
    const auto bytes = [](const Expr &size, Type dtype) { return cast<int64_t>(size) * dtype.bytes(); };
    const auto pointer = [](const std::string &name) { return Variable::make(Handle(), name); };
    const Stmt copy = Evaluate::make(Call::make(Int(32), "axnorm_stream",
                                                {pointer(y), bytes(at, y_type), pointer(tile), bytes(count, y_type),
                                                 pointer(x), bytes(next_x, x_type), bytes(count, x_type)},
                                                Call::Extern));
    Stmt body;
    if (is_const_one(is_streamed)) {
        body = Block::make(Redirect(y, tile, at).mutate(loop->body), copy);
    } else {
        const std::string to = unique_name(y + "_to"), start = unique_name("start");
        body = Redirect(y, to, Variable::make(Int(32), start)).mutate(loop->body);
        body = Block::make(body, IfThenElse::make(is_streamed, copy));
        body = LetStmt::make(start, select(is_streamed, at, 0), body);
        body = LetStmt::make(to, Select::make(is_streamed, pointer(tile), pointer(y)), body);
    }
    return LetStmt::make(first, first_y,
                         Allocate::make(tile, y_type, MemoryType::Stack, {streaming.most}, const_true(), body));
}

}  // namespace axnorm::codegen

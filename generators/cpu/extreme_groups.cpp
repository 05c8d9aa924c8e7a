#include "extreme_groups.h"

#include <utility>

#include "axnorm/signature.h"
#include "runtime_call.h"

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr const char *watch_name = "axnorm_watched";

Stmt stored(const std::string &buffer, const Expr &value) {
    const int lanes = value.type().lanes();
    const Expr index = lanes == 1 ? Expr(0) : Ramp::make(0, 1, lanes);
    return Store::make(buffer, value, index, Parameter(), const_true(lanes), ModulusRemainder());
}

Expr first_lane(const Expr &value) {
    return value.type().is_scalar() ? value : simplify(Shuffle::make_extract_element(value, 0));
}

}  // namespace

Expr watched(const Expr &value, const Expr &extreme, const Exprs &group) {
    Exprs arguments = {value, extreme};
    arguments.insert(arguments.end(), group.begin(), group.end());
    arguments.resize(2 + Letters::max_groups, Expr(0));
    return Call::make(value.type(), watch_name, arguments, Call::PureExtern);
}

WatchedGroups::WatchedGroups(const Func &statistics, bool has_runtime)
    : has_runtime_(has_runtime),
      statistics_(statistics.outputs() == 1 ? statistics.name()
                                            : statistics.name() + "." + std::to_string(statistics.outputs() - 1)) {}

Expr WatchedGroups::visit(const Call *call) {
    if (call->name != watch_name) {
        return IRMutator::visit(call);
    }
    Exprs arguments;
    for (const Expr &argument : call->args) {
        arguments.push_back(mutate(argument));
    }
    watches_.push_back({arguments[1], {arguments.begin() + 2, arguments.end()}});
    return arguments[0];
}

// What is watched inside may depend on what is named here.
Expr WatchedGroups::visit(const Let *let) {
    const Expr value = mutate(let->value);
    const size_t first = watches_.size();
    const Expr body = mutate(let->body);
    for (size_t i = first; i < watches_.size(); ++i) {
        watches_[i].extreme = Let::make(let->name, value, watches_[i].extreme);
        for (Expr &coordinate : watches_[i].group) {
            coordinate = Let::make(let->name, value, coordinate);
        }
    }
    return Let::make(let->name, value, body);
}

Stmt WatchedGroups::visit(const LetStmt *let) {
    const size_t first = watches_.size();
    const Expr value = mutate(let->value);
    std::vector<Watch> of_value(watches_.begin() + static_cast<std::ptrdiff_t>(first), watches_.end());
    watches_.resize(first);
    Stmt body = mutate(let->body);
    watches_.insert(watches_.end(), of_value.begin(), of_value.end());
    return LetStmt::make(let->name, value, with_watches(body, first));
}

Stmt WatchedGroups::visit(const Store *store) {
    const size_t first = watches_.size();
    const Expr predicate = mutate(store->predicate), value = mutate(store->value), index = mutate(store->index);
    // Of a vector with several elements of each group the predicate says nothing of groups; the runtime knows which are
    // there.
    for (size_t i = first; i < watches_.size(); ++i) {
        if (!is_const_one(predicate) && predicate.type().lanes() == watches_[i].extreme.type().lanes()) {
            watches_[i].extreme = watches_[i].extreme && predicate;
        }
    }
    return with_watches(Store::make(store->name, value, index, store->param, predicate, store->alignment), first);
}

// A turn of the loop around storage of statistics: all that is computed with them, and copies of it past the caches.
Stmt WatchedGroups::visit(const For *loop) {
    scopes_.push_back({unique_name("has_extreme")});
    Stmt body = mutate(loop->body);
    body = with_redo(body, scopes_.back());
    scopes_.pop_back();
    return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->partition_policy, loop->device_api,
                     body);
}

Stmt WatchedGroups::visit(const Allocate *allocate) {
    if (!has_runtime_ || allocate->name != statistics_) {
        return IRMutator::visit(allocate);
    }
    const bool is_outermost = scopes_.empty();
    if (is_outermost) {
        scopes_.push_back({unique_name("has_extreme")});
    }
    const size_t outer = std::exchange(scope_, scopes_.size() - 1);
    Stmt stmt = IRMutator::visit(allocate);
    scope_ = outer;
    if (is_outermost) {
        stmt = with_redo(stmt, scopes_.back());
        scopes_.pop_back();
    }
    return stmt;
}

Stmt WatchedGroups::with_redo(const Stmt &stmt, const Scope &scope) const {
    if (!scope.is_told) {
        return stmt;
    }
    const Expr found = Load::make(UInt(8), scope.name, 0, Buffer<>(), Parameter(), const_true(), ModulusRemainder());
    const Stmt redo = Evaluate::make(call_of_runtime(Int(32), "axnorm_redo", {}));
    const Expr none = cast<std::uint8_t>(0);
    const Stmt body = Block::make({stored(scope.name, none), stmt, IfThenElse::make(found != none, redo)});
    return Allocate::make(scope.name, UInt(8), MemoryType::Stack, {1}, const_true(), body);
}

// Before the statement: that may be a store to what the values are of.
Stmt WatchedGroups::with_watches(Stmt stmt, size_t first) {
    for (size_t i = first; i < watches_.size(); ++i) {
        if (scope_ < scopes_.size()) {
            stmt = Block::make(tell(watches_[i], scopes_[scope_].name), stmt);
            scopes_[scope_].is_told = true;
        }
    }
    watches_.resize(first);
    return stmt;
}

Stmt WatchedGroups::tell(const Watch &watch, const std::string &scope) const {
    const int lanes = watch.extreme.type().lanes();
    const std::string flags = unique_name("extreme"), groups = unique_name("groups");
    Expr innermost = watch.group[0];
    if (innermost.type().lanes() != lanes) {
        innermost = Broadcast::make(innermost, lanes);
    }
    Exprs arguments = {pointer_to(flags), pointer_to(groups), lanes};
    for (size_t i = 1; i < watch.group.size(); ++i) {
        arguments.push_back(first_lane(watch.group[i]));
    }
    const Expr found = cast<std::uint8_t>(call_of_runtime(Int(32), "axnorm_extreme", arguments));
    Stmt call = stored(scope, found);
    call = Block::make({stored(flags, cast(UInt(8, lanes), watch.extreme)), stored(groups, innermost), call});
    call = Allocate::make(groups, Int(32), MemoryType::Stack, {lanes}, const_true(), call);
    call = Allocate::make(flags, UInt(8), MemoryType::Stack, {lanes}, const_true(), call);
    const Expr some = lanes == 1 ? watch.extreme : VectorReduce::make(VectorReduce::Or, watch.extreme, 1);
    return IfThenElse::make(some, call);
}

}  // namespace axnorm::codegen

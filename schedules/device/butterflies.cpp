#include "butterflies.h"

#include <optional>
#include <set>
#include <string>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int lanes = 32;
const std::string by_index = "llvm.nvvm.shfl.sync.idx.", by_distance = "llvm.nvvm.shfl.sync.bfly.";

class Variables : public IRVisitor {
  public:
    std::set<std::string> names;

  private:
    using IRVisitor::visit;
    void visit(const Variable *variable) override { names.insert(variable->name); }
};

// Halide numbers those of later loops: ".thread_id_x$2".
std::optional<std::string> lane_variable(const Expr &index) {
    Variables variables;
    index.accept(&variables);
    if (variables.names.size() != 1 || variables.names.begin()->find(".thread_id_x") == std::string::npos) {
        return {};
    }
    return *variables.names.begin();
}

// How far each lane is from the one that it reads, where that is the same of all: of lane ^ distance.
std::optional<int> distance_of(const Expr &index) {
    const std::optional<std::string> lane = lane_variable(index);
    std::optional<int> distance;
    for (int i = 0; lane && i < lanes; ++i) {
        const auto read = as_const_int(simplify(substitute(*lane, i, index)));
        const int apart = read ? static_cast<int>(*read) ^ i : 0;
        if (apart == 0 || apart != distance.value_or(apart)) {
            return {};
        }
        distance = apart;
    }
    return distance;
}

}  // namespace

void Butterflies::note(const std::string &name, const Expr &value) {
    const Expr in_full = substitute(of_lane_, value);
    if (value.type() == Int(32) && lane_variable(in_full)) {
        of_lane_[name] = in_full;
    }
}

Expr Butterflies::visit(const Let *let) {
    note(let->name, let->value);
    return IRMutator::visit(let);
}

Stmt Butterflies::visit(const LetStmt *let) {
    note(let->name, let->value);
    return IRMutator::visit(let);
}

Expr Butterflies::visit(const Call *call) {
    const Expr mutated = IRMutator::visit(call);
    if (!starts_with(call->name, by_index)) {
        return mutated;
    }
    std::vector<Expr> arguments = mutated.as<Call>()->args;
    const std::optional<int> distance = distance_of(substitute(of_lane_, arguments[2]));
    if (!distance) {
        return mutated;
    }
    arguments[2] = *distance;
    return Call::make(call->type, by_distance + call->name.substr(by_index.size()), arguments, Call::PureExtern);
}

}  // namespace axnorm::codegen

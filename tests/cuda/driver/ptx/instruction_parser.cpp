// The part of FunctionParser that reads instructions.
#include "function_parser.h"

namespace axnorm::ptx {

namespace {
void split_name(Statement &statement) {
    std::string_view rest = statement.text;
    for (bool first = true;; first = false) {
        // "L1::no_allocate" is one modifier.
        const std::size_t dot = rest.find('.');
        (first ? statement.name : statement.modifiers.emplace_back()) = rest.substr(0, dot);
        if (dot == rest.npos) {
            return;
        }
        rest.remove_prefix(dot + 1);
    }
}
}  // namespace

const FunctionParser::Register *FunctionParser::find_register(std::string_view name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        if (const auto found = scope->find(name); found != scope->end()) {
            return &found->second;
        }
    }
    return nullptr;
}

void FunctionParser::parse_instruction() {
    Statement statement;
    statement.line = cursor_.line();
    if (cursor_.accept("@")) {
        statement.unless = cursor_.accept("!");
        const Register *const guard = find_register(cursor_.word("a predicate"));
        if (guard == nullptr || guard->type != Type::pred) {
            cursor_.fail("the guard of an instruction is a predicate");
        }
        statement.guard = guard->number;
    }
    statement.text = cursor_.word("an instruction");
    split_name(statement);
    if (statement.name == "call") {
        parse_call(statement);
        return;
    }
    while (!cursor_.accept(";")) {
        if (!statement.operands.empty()) {
            cursor_.expect(",");
        }
        statement.operands.push_back(parse_operand());
    }
    function_.code.push_back(decode(statement, *this));
}

Operand FunctionParser::parse_operand() {
    Operand result;
    if (cursor_.at_literal()) {
        result.kind = Operand::Kind::literal;
        result.literal = cursor_.literal();
    } else if (cursor_.accept("!")) {
        result = parse_word();
        result.negated = true;
    } else if (cursor_.accept("[")) {
        result = parse_address();
    } else if (cursor_.accept("{")) {
        result.kind = Operand::Kind::vector;
        do {
            result.items.push_back(parse_operand());
        } while (cursor_.accept(","));
        cursor_.expect("}");
    } else {
        result = parse_word();
    }
    return result;
}

Operand FunctionParser::parse_word() {
    Operand result;
    const std::string_view name = cursor_.word("an operand");
    const Register *const found = find_register(name);
    if (found != nullptr) {
        result.kind = Operand::Kind::reg;
        result.reg = found->number;
        result.type = found->type;
    } else if (const auto special_register = special_named(name)) {
        result.kind = Operand::Kind::reg;
        result.reg = special(name);
        result.type = special_register->type;
    } else if (name != "_") {
        if (name.starts_with('%')) {
            cursor_.fail("the register '" + std::string(name) + "' is not known");
        }
        result.kind = Operand::Kind::symbol;
        result.name = name;
        if (cursor_.accept("+")) {
            result.offset = cursor_.integer();
        }
    }
    if (cursor_.accept("|")) {
        const Operand second = parse_word();
        if (second.kind == Operand::Kind::reg && second.type != Type::pred) {
            cursor_.fail("after '|' stands a predicate");
        }
        result.second = second.reg;
    }
    return result;
}

// After "[": a register or a symbol with an offset, or a number.
Operand FunctionParser::parse_address() {
    Operand result;
    if (cursor_.at_literal()) {
        result.reg = constant(static_cast<std::uint64_t>(cursor_.integer()));
    } else {
        const Operand base = parse_word();
        if (base.kind == Operand::Kind::symbol) {
            result.reg = address_of(base.name, 0, cursor_.line());
            result.offset = base.offset;
        } else {
            result.reg = base.reg;
            result.type = base.type;
        }
        if (cursor_.accept("+")) {
            result.offset += cursor_.integer();
        } else if (cursor_.peek().is("-")) {
            result.offset += cursor_.integer();
        }
    }
    cursor_.expect("]");
    result.kind = Operand::Kind::address;
    return result;
}

Parameter FunctionParser::call_param(const std::string &name) const {
    const auto found = params_.find(name);
    if (found == params_.end()) {
        cursor_.fail("'" + name + "' is no declared parameter");
    }
    return found->second;
}

std::vector<Parameter> FunctionParser::parse_call_params() {
    std::vector<Parameter> result;
    cursor_.expect("(");
    while (!cursor_.accept(")")) {
        result.push_back(call_param(std::string(cursor_.word("a parameter"))));
        if (!cursor_.peek().is(")")) {
            cursor_.expect(",");
        }
    }
    return result;
}

// "call.uni (result), function, (argument, argument);"
void FunctionParser::parse_call(const Statement &statement) {
    auto call = std::make_unique<Call>();
    if (cursor_.peek().is("(")) {
        call->results = parse_call_params();
        cursor_.expect(",");
    }
    const std::string_view name = cursor_.word("a function");
    const auto found = program_.functions.find(name);
    if (found == program_.functions.end() || found->second->is_entry) {
        cursor_.fail("the function '" + std::string(name) + "' is not declared; calls through registers are not known");
    }
    call->callee = found->second.get();
    if (cursor_.accept(",")) {
        call->arguments = parse_call_params();
    }
    cursor_.expect(";");
    if (call->arguments.size() != call->callee->parameters.size() ||
        call->results.size() != call->callee->results.size()) {
        cursor_.fail("the call of '" + std::string(name) + "' does not fit its declaration");
    }
    Instruction instruction = decode(statement, *this);
    instruction.detail = call.get();
    function_.calls = true;
    function_.call_details.push_back(std::move(call));
    function_.code.push_back(instruction);
}

}  // namespace axnorm::ptx

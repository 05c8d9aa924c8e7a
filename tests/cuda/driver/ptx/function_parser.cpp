#include "function_parser.h"

#include "declarations.h"

namespace axnorm::ptx {

FunctionParser::FunctionParser(Cursor &cursor, Program &program, Function &function)
    : cursor_(cursor), program_(program), function_(function) {
    for (const auto *list : {&function.parameters, &function.results}) {
        for (const Parameter &parameter : *list) {
            params_[parameter.name] = parameter;
        }
    }
    function_.frame_param_bytes = function_.param_bytes;
}

void FunctionParser::parse() {
    parse_block();
    finish();
}

void FunctionParser::parse_block() {
    cursor_.expect("{");
    scopes_.emplace_back();
    while (!cursor_.accept("}")) {
        if (cursor_.peek().is("{")) {
            parse_block();
        } else {
            parse_statement();
        }
    }
    scopes_.pop_back();
}

void FunctionParser::parse_statement() {
    const Token &token = cursor_.peek();
    if (token.kind == Token::Kind::word && cursor_.peek(1).is(":")) {
        parse_label();
    } else if (cursor_.accept(";") || parse_declaration()) {
        return;
    } else if (token.is("@") || token.kind == Token::Kind::word) {
        parse_instruction();
    } else {
        cursor_.unexpected("an instruction");
    }
}

bool FunctionParser::parse_declaration() {
    if (!cursor_.peek().text.starts_with('.')) {
        return false;
    }
    if (cursor_.accept(".reg")) {
        declare_registers();
    } else if (cursor_.accept(".local")) {
        declare_variables(Space::local);
    } else if (cursor_.accept(".shared")) {
        declare_variables(Space::shared);
    } else if (cursor_.accept(".global")) {
        declare_variables(Space::global);
    } else if (cursor_.accept(".const")) {
        declare_variables(Space::constant);
    } else if (cursor_.accept(".param")) {
        const Parameter parameter = parse_parameter(cursor_, function_.frame_param_bytes);
        params_[parameter.name] = parameter;
        cursor_.expect(";");
    } else if (cursor_.accept(".loc")) {
        cursor_.skip_line();
    } else if (cursor_.accept(".pragma")) {
        cursor_.skip_past(";");
    } else {
        cursor_.fail("'" + std::string(cursor_.peek().text) + "' is not known");
    }
    return true;
}

// ".reg .b32 %r<5>;" declares %r0 to %r4.
void FunctionParser::declare_registers() {
    const std::string_view name = cursor_.word("a type");
    const auto type =
        name == ".pred" ? std::optional(Type::pred) : type_named(name.starts_with('.') ? name.substr(1) : name);
    if (!type) {
        cursor_.fail("registers of type '" + std::string(name) + "' are not known");
    }
    do {
        const std::string base(cursor_.word("the name of a register"));
        if (!cursor_.accept("<")) {
            declare_register(base, *type);
            continue;
        }
        const std::int64_t count = cursor_.integer();
        cursor_.expect(">");
        for (std::int64_t k = 0; k < count; ++k) {
            declare_register(base + std::to_string(k), *type);
        }
    } while (cursor_.accept(","));
    cursor_.expect(";");
}

void FunctionParser::declare_register(const std::string &name, Type type) {
    // As shared memory: what is read before it is written is NaN.
    scopes_.back()[name] = {new_register(~std::uint64_t{0}), type};
}

void FunctionParser::declare_variables(Space space) {
    for (auto &variable : parse_variables(cursor_, space, false)) {
        if (space == Space::local) {
            const std::uint64_t step = variable->alignment;
            variable->address = (function_.local_bytes + step - 1) / step * step;
            function_.local_bytes = variable->address + variable->size;
            function_.own_variables.push_back(std::move(variable));
        } else {
            program_.variables.push_back(std::move(variable));
        }
    }
}

void FunctionParser::parse_label() {
    const std::string name(cursor_.take().text);
    cursor_.expect(":");
    if (cursor_.accept(".branchtargets")) {
        parse_branch_targets(name);
    } else if (!labels_.emplace(name, static_cast<std::uint32_t>(function_.code.size())).second) {
        cursor_.fail("the label " + name + " stands twice");
    }
}

void FunctionParser::parse_branch_targets(const std::string &name) {
    Table &table = tables_[name];
    table.line = cursor_.line();
    do {
        table.labels.emplace_back(cursor_.word("a label"));
    } while (cursor_.accept(","));
    cursor_.expect(";");
}

std::uint32_t FunctionParser::new_register(std::uint64_t initial) {
    function_.registers.push_back(initial);
    return static_cast<std::uint32_t>(function_.registers.size() - 1);
}

std::uint32_t FunctionParser::constant(std::uint64_t bits) {
    const auto [found, is_new] = constants_.emplace(bits, 0);
    if (is_new) {
        found->second = new_register(bits);
    }
    return found->second;
}

std::uint32_t FunctionParser::special(std::string_view name) {
    const auto [found, is_new] = specials_.emplace(std::string(name), 0);
    if (is_new) {
        found->second = new_register(0);
        function_.specials.emplace_back(special_named(name)->special, found->second);
    }
    return found->second;
}

std::uint32_t FunctionParser::address_of(std::string_view symbol, std::int64_t offset, std::uint32_t line) {
    if (const auto found = params_.find(symbol); found != params_.end()) {
        return constant(found->second.offset + static_cast<std::uint64_t>(offset));
    }
    const Variable *variable = nullptr;
    for (const auto &own : function_.own_variables) {
        variable = own->name == symbol ? own.get() : variable;
    }
    variable = variable != nullptr ? variable : program_.variable(symbol);
    if (variable == nullptr) {
        throw InvalidPtx(line, "'" + std::string(symbol) + "' is not declared");
    }
    function_.addresses.push_back({new_register(0), variable, offset});
    return function_.addresses.back().reg;
}

void FunctionParser::branch_to(std::string_view label) {
    jumps_.push_back({function_.code.size(), std::string(label), cursor_.line()});
}

const std::vector<std::uint32_t> *FunctionParser::targets_of(std::string_view table, std::uint32_t line) {
    const auto found = tables_.find(table);
    if (found == tables_.end()) {
        throw InvalidPtx(line, "there is no list of targets '" + std::string(table) + "' above");
    }
    function_.branch_targets.push_back(std::make_unique<std::vector<std::uint32_t>>());
    found->second.targets = function_.branch_targets.back().get();
    return found->second.targets;
}

std::uint32_t FunctionParser::label_target(const std::string &label, std::uint32_t line) const {
    const auto found = labels_.find(label);
    if (found == labels_.end()) {
        throw InvalidPtx(line, "there is no label '" + label + "'");
    }
    return found->second;
}

// Every way out of the code is an instruction.
void FunctionParser::finish() {
    Statement leave;
    leave.text = leave.name = "ret";
    leave.line = cursor_.line();
    function_.code.push_back(decode(leave, *this));
    for (const Jump &jump : jumps_) {
        function_.code[jump.instruction].offset = label_target(jump.label, jump.line);
    }
    for (auto &[name, table] : tables_) {
        for (const std::string &label : table.labels) {
            const std::uint32_t target = label_target(label, table.line);
            if (table.targets != nullptr) {
                table.targets->push_back(target);
            }
        }
    }
    function_.is_defined = true;
}

}  // namespace axnorm::ptx

#include "program.h"

#include <algorithm>
#include <cstring>

#include "declarations.h"
#include "function_parser.h"

namespace axnorm::ptx {

namespace {
class ModuleParser {
  public:
    explicit ModuleParser(std::string_view source) : cursor_(source) {}

    Program parse() {
        parse_header();
        while (cursor_.peek().kind != Token::Kind::end) {
            parse_item();
        }
        check_calls();
        place_shared();
        return std::move(program_);
    }

  private:
    void parse_header() {
        cursor_.expect(".version");
        const std::string version(cursor_.take().text);  // "7.8"
        const std::size_t dot = version.find('.');
        if (dot == version.npos || version.size() != dot + 2) {
            cursor_.fail("'" + version + "' is no version");
        }
        program_.version = static_cast<std::uint32_t>(std::stoul(version) * 10 + std::stoul(version.substr(dot + 1)));
        cursor_.expect(".target");
        const std::string_view target = cursor_.word("sm_80 or another");
        if (!target.starts_with("sm_") || target.size() < 5) {
            cursor_.fail("'" + std::string(target) + "' is no target");
        }
        program_.target = static_cast<std::uint32_t>(std::stoul(std::string(target.substr(3))));
        while (cursor_.accept(",")) {
            if (const std::string_view option = cursor_.word("an option"); option != "debug") {
                cursor_.fail("the target's '" + std::string(option) + "' is not known");
            }
        }
        cursor_.expect(".address_size");
        if (cursor_.integer() != 64) {
            cursor_.fail("addresses have 64 bits");
        }
    }

    void parse_item() {
        bool is_extern = false;
        for (;;) {
            if (cursor_.accept(".extern")) {
                is_extern = true;
            } else if (!cursor_.accept(".visible") && !cursor_.accept(".weak") && !cursor_.accept(".common")) {
                break;
            }
        }
        if (cursor_.accept(".entry")) {
            parse_function(true);
        } else if (cursor_.accept(".func")) {
            parse_function(false);
        } else if (cursor_.accept(".global")) {
            declare(Space::global, is_extern);
        } else if (cursor_.accept(".const")) {
            declare(Space::constant, is_extern);
        } else if (cursor_.accept(".shared")) {
            declare(Space::shared, is_extern);
        } else if (cursor_.accept(".file") || cursor_.accept(".loc")) {
            cursor_.skip_line();
        } else if (cursor_.accept(".section")) {
            cursor_.skip_past("}");
        } else {
            cursor_.fail("'" + std::string(cursor_.peek().text) + "' is not known");
        }
    }

    void declare(Space space, bool is_extern) {
        for (auto &variable : parse_variables(cursor_, space, is_extern)) {
            program_.variables.push_back(std::move(variable));
        }
    }

    // A function may be declared before it is defined.
    void parse_function(bool is_entry) {
        std::uint32_t bytes = 0;
        const std::vector<Parameter> results = parse_parameters(cursor_, bytes);
        const std::string name(cursor_.word("a name"));
        auto &function = program_.functions[name];
        if (function == nullptr) {
            function = std::make_unique<Function>();
        } else if (function->is_defined) {
            cursor_.fail(name + " is defined twice");
        }
        function->name = name;
        function->is_entry = is_entry;
        function->results = results;
        function->parameters = parse_parameters(cursor_, bytes);
        function->param_bytes = bytes;
        parse_directives(*function);
        if (!cursor_.accept(";")) {
            FunctionParser(cursor_, program_, *function).parse();
        }
    }

    std::array<std::uint32_t, 3> parse_dimensions() {
        std::array<std::uint32_t, 3> result{1, 1, 1};
        std::size_t k = 0;
        do {
            result.at(k++) = static_cast<std::uint32_t>(cursor_.integer());
        } while (k < 3 && cursor_.accept(","));
        return result;
    }

    void parse_directives(Function &function) {
        while (cursor_.peek().text.starts_with('.')) {
            if (cursor_.accept(".maxntid")) {
                const auto d = parse_dimensions();
                function.max_threads = d[0] * d[1] * d[2];
            } else if (cursor_.accept(".reqntid")) {
                const auto d = parse_dimensions();
                function.required_threads = d;
                function.max_threads = d[0] * d[1] * d[2];
            } else if (cursor_.accept(".minnctapersm") || cursor_.accept(".maxnreg")) {
                cursor_.integer();
            } else if (cursor_.accept(".pragma")) {
                cursor_.skip_past(";");
            } else if (!cursor_.accept(".noreturn")) {
                cursor_.fail("the directive '" + std::string(cursor_.peek().text) + "' is not known");
            }
        }
    }

    void check_calls() const {
        for (const auto &[name, function] : program_.functions) {
            for (const auto &call : function->call_details) {
                if (!call->callee->is_defined) {
                    cursor_.fail(name + " calls " + call->callee->name + ", which is nowhere defined");
                }
            }
        }
    }

    // All shared variables of the module one after another, then what a launch asks for.
    void place_shared() {
        std::uint64_t bytes = 0;
        for (const auto &variable : program_.variables) {
            if (variable->space == Space::shared && !variable->dynamic) {
                bytes = (bytes + variable->alignment - 1) / variable->alignment * variable->alignment;
                variable->address = bytes;
                bytes += variable->size;
            }
        }
        program_.static_shared = (bytes + 15) / 16 * 16;
        for (const auto &variable : program_.variables) {
            if (variable->dynamic) {
                variable->address = program_.static_shared;
            }
        }
    }

    Cursor cursor_;
    Program program_;
};
}  // namespace

const Function *Program::entry(std::string_view name) const {
    const auto found = functions.find(name);
    return found == functions.end() || !found->second->is_entry ? nullptr : found->second.get();
}

const Variable *Program::variable(std::string_view name) const {
    for (const auto &variable : variables) {
        if (variable->name == name) {
            return variable.get();
        }
    }
    return nullptr;
}

void Program::link() {
    for (const auto &[name, function] : functions) {
        std::vector<const Variable *> used;
        for (const Function::Address &address : function->addresses) {
            function->registers[address.reg] = address.variable->address + static_cast<std::uint64_t>(address.offset);
            const bool counts =
                address.variable->space == Space::shared && std::ranges::find(used, address.variable) == used.end();
            if (counts) {
                used.push_back(address.variable);
                function->static_shared += address.variable->size;
            }
        }
        function->static_shared = function->calls ? static_shared : function->static_shared;
    }
    for (const auto &owner : variables) {
        for (const Variable::Pointer &pointer : owner->pointers) {
            const Variable *const aim = variable(pointer.symbol);
            if (aim == nullptr || aim->space == Space::shared) {
                throw InvalidPtx(0, owner->name + " holds the address of '" + pointer.symbol + "', which is not known");
            }
            const std::uint64_t address = aim->address + static_cast<std::uint64_t>(pointer.offset);
            std::memcpy(owner->initial.data() + pointer.at, &address, sizeof address);
        }
    }
}

Program parse(std::string_view source) {
    return ModuleParser(source).parse();
}

}  // namespace axnorm::ptx

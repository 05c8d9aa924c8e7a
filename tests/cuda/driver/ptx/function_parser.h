// The body of a function: declarations, labels and instructions between its braces.
#pragma once

#include <map>

#include "decoder.h"

namespace axnorm::ptx {

class FunctionParser final : public Scope {
  public:
    FunctionParser(Cursor &cursor, Program &program, Function &function);

    void parse();  // from "{" to "}"

    std::uint32_t constant(std::uint64_t bits) override;
    std::uint32_t address_of(std::string_view symbol, std::int64_t offset, std::uint32_t line) override;
    void branch_to(std::string_view label) override;
    const std::vector<std::uint32_t> *targets_of(std::string_view table, std::uint32_t line) override;

  private:
    struct Register {
        std::uint32_t number = 0;
        Type type = Type::none;
    };
    struct Jump {  // to a label that may come later
        std::size_t instruction = 0;
        std::string label;
        std::uint32_t line = 0;
    };
    struct Table {
        std::vector<std::string> labels;
        std::vector<std::uint32_t> *targets = nullptr;
        std::uint32_t line = 0;
    };

    void parse_block();
    void parse_statement();
    bool parse_declaration();
    void declare_registers();
    void declare_variables(Space space);
    void declare_register(const std::string &name, Type type);
    void parse_label();
    void parse_branch_targets(const std::string &name);
    void parse_instruction();
    void parse_call(const Statement &statement);
    std::vector<Parameter> parse_call_params();
    Parameter call_param(const std::string &name) const;
    Operand parse_operand();
    Operand parse_address();
    Operand parse_word();
    const Register *find_register(std::string_view name) const;
    std::uint32_t special(std::string_view name);
    std::uint32_t new_register(std::uint64_t initial);
    void finish();
    std::uint32_t label_target(const std::string &label, std::uint32_t line) const;

    Cursor &cursor_;
    Program &program_;
    Function &function_;
    std::vector<std::map<std::string, Register, std::less<>>> scopes_;
    std::map<std::string, Parameter, std::less<>> params_;
    std::map<std::string, std::uint32_t, std::less<>> labels_;
    std::map<std::uint64_t, std::uint32_t> constants_;
    std::map<std::string, std::uint32_t, std::less<>> specials_;
    std::map<std::string, Table, std::less<>> tables_;
    std::vector<Jump> jumps_;
};

// A number of the thread, the block or the launch: "%tid.x".
struct SpecialRegister {
    Special special = Special::zero;
    Type type = Type::u32;
};
std::optional<SpecialRegister> special_named(std::string_view name);

}  // namespace axnorm::ptx

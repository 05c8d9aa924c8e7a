// Statement -> Instruction: takes modifiers and operands one after another, and refuses what is left over.
#pragma once

#include <initializer_list>

#include "statement.h"

namespace axnorm::ptx {

class Decoder {
  public:
    Decoder(const Statement &statement, Scope &around) : s(statement), scope(around), left_(statement.modifiers) {}

    // True, and gone, if the next modifier is this one.
    bool accept(std::string_view modifier);
    std::string_view take(std::string_view what);
    void skip(std::initializer_list<std::string_view> modifiers);  // any of them, in any order
    Type type(std::initializer_list<Type> allowed);
    Type any_type();
    std::optional<Rounding> rounding();  // .rn .rz .rm .rp
    Space space();                       // generic if none is named
    void finish() const;                 // throws if a modifier is left
    void operands(std::size_t least, std::size_t most) const;
    void operands(std::size_t count) const { operands(count, count); }

    std::uint32_t source(std::size_t k, Type type) { return source(operand(k), type, false); }
    std::uint32_t source_or_wider(std::size_t k, Type type) { return source(operand(k), type, true); }
    std::uint32_t source(const Operand &from, Type type, bool wider);
    std::uint32_t destination(std::size_t k, Type type) { return destination(operand(k), type, false); }
    std::uint32_t destination(const Operand &to, Type type, bool wider);
    std::uint32_t predicate(std::size_t k);  // a source, not negated
    const Operand &operand(std::size_t k) const { return s.operands.at(k); }
    void take_registers(Type type, std::size_t count);  // a destination and `count` sources
    void address(std::size_t k, std::uint32_t &base, std::int64_t &offset);

    [[noreturn]] void fail(const std::string &what) const;

    const Statement &s;
    Scope &scope;
    Instruction result;

  private:
    void check_width(const Operand &operand, Type type, bool wider) const;
    std::vector<std::string_view> left_;
};

// Throws InvalidPtx where the instruction is not known, or not in this form.
Instruction decode(const Statement &statement, Scope &scope);

// A decoder of an instruction fills in Decoder::result. The tables are by subject; each file has one.
struct DecodeRow {
    std::string_view name;
    void (*decode)(Decoder &);
};
struct DecodeTable {
    const DecodeRow *begin, *end;
};
DecodeTable arithmetic_instructions();
DecodeTable function_instructions();
DecodeTable bit_instructions();
DecodeTable compare_instructions();
DecodeTable convert_instructions();
DecodeTable move_instructions();
DecodeTable memory_instructions();
DecodeTable atomic_instructions();
DecodeTable warp_instructions();
DecodeTable control_instructions();

}  // namespace axnorm::ptx

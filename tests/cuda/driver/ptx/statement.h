// One instruction as it is written: its name, modifiers and operands, before it is known what they mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cursor.h"
#include "program.h"

namespace axnorm::ptx {

struct Operand {
    enum class Kind : std::uint8_t { reg, literal, address, symbol, vector, sink };
    Kind kind = Kind::sink;
    std::uint32_t reg = no_register;     // the base of an address as well
    std::uint32_t second = no_register;  // "%r1|%p1"
    Type type = Type::none;              // of the register
    Literal literal;
    std::string_view name;  // of a symbol, which may be a label
    std::int64_t offset = 0;
    std::vector<Operand> items;  // "{%r1, %r2}"
    bool negated = false;        // "!%p1"
};

// "ld.global.v4.f32" is "ld", and "global", "v4", "f32".
struct Statement {
    std::string_view text, name;
    std::vector<std::string_view> modifiers;
    std::vector<Operand> operands;
    std::uint32_t line = 0;
    std::uint32_t guard = no_register;
    bool unless = false;
};

// What a decoder of instructions asks of the function around them.
class Scope {
  public:
    virtual ~Scope() = default;
    // A register that holds these bits; the address of a variable, which is known later; a number of the thread.
    virtual std::uint32_t constant(std::uint64_t bits) = 0;
    virtual std::uint32_t address_of(std::string_view symbol, std::int64_t offset, std::uint32_t line) = 0;
    // Marks the instruction that is decoded as one that goes to a label.
    virtual void branch_to(std::string_view label) = 0;
    virtual const std::vector<std::uint32_t> *targets_of(std::string_view table, std::uint32_t line) = 0;
};

}  // namespace axnorm::ptx

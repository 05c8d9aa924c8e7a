#include "decoder.h"

#include <algorithm>
#include <map>

namespace axnorm::ptx {

namespace {
const std::map<std::string_view, void (*)(Decoder &)> &decoders() {
    static const auto all = [] {
        std::map<std::string_view, void (*)(Decoder &)> result;
        for (const DecodeTable &table :
             {arithmetic_instructions(), function_instructions(), bit_instructions(), compare_instructions(),
              convert_instructions(), move_instructions(), memory_instructions(), atomic_instructions(),
              warp_instructions(), control_instructions()}) {
            for (const DecodeRow *row = table.begin; row != table.end; ++row) {
                result.emplace(row->name, row->decode);
            }
        }
        return result;
    }();
    return all;
}
}  // namespace

Instruction decode(const Statement &statement, Scope &scope) {
    Decoder decoder(statement, scope);
    decoder.result.line = statement.line;
    decoder.result.guard = statement.guard;
    decoder.result.unless = statement.unless;
    const auto found = decoders().find(statement.name);
    if (found == decoders().end()) {
        decoder.fail("is not known");
    }
    found->second(decoder);
    decoder.finish();
    if (decoder.result.run == nullptr) {
        decoder.fail("is not known for this type");
    }
    return decoder.result;
}

void Decoder::fail(const std::string &what) const {
    throw InvalidPtx(s.line, "the instruction '" + std::string(s.text) + "' " + what);
}

bool Decoder::accept(std::string_view modifier) {
    if (left_.empty() || left_.front() != modifier) {
        return false;
    }
    left_.erase(left_.begin());
    return true;
}

std::string_view Decoder::take(std::string_view what) {
    if (left_.empty()) {
        fail("lacks " + std::string(what));
    }
    const std::string_view taken = left_.front();
    left_.erase(left_.begin());
    return taken;
}

void Decoder::skip(std::initializer_list<std::string_view> modifiers) {
    while (!left_.empty() && std::ranges::find(modifiers, left_.front()) != modifiers.end()) {
        left_.erase(left_.begin());
    }
}

Type Decoder::any_type() {
    const auto type = type_named(take("a type"));
    if (!type) {
        fail("has no type where one is expected");
    }
    return *type;
}

Type Decoder::type(std::initializer_list<Type> allowed) {
    const Type taken = any_type();
    if (std::ranges::find(allowed, taken) == allowed.end()) {
        fail("is not known for this type");
    }
    return taken;
}

std::optional<Rounding> Decoder::rounding() {
    return accept("rn")   ? std::optional(Rounding::nearest)
           : accept("rz") ? std::optional(Rounding::zero)
           : accept("rm") ? std::optional(Rounding::down)
           : accept("rp") ? std::optional(Rounding::up)
                          : std::nullopt;
}

Space Decoder::space() {
    if (accept("shared") || accept("shared::cta")) {
        return Space::shared;
    }
    return accept("global")                            ? Space::global
           : accept("param") || accept("param::entry") ? Space::param
           : accept("local")                           ? Space::local
           : accept("const")                           ? Space::constant
                                                       : Space::generic;
}

void Decoder::finish() const {
    if (!left_.empty()) {
        fail("has a '." + std::string(left_.front()) + "' that is not known");
    }
}

void Decoder::operands(std::size_t least, std::size_t most) const {
    if (s.operands.size() < least || s.operands.size() > most) {
        fail("has " + std::to_string(s.operands.size()) + " operands");
    }
}

void Decoder::check_width(const Operand &operand, Type type, bool wider) const {
    const bool predicates = operand.type == Type::pred && type == Type::pred;
    const std::uint32_t has = size_of(operand.type), wants = size_of(type);
    const bool fits = (operand.type == Type::pred) == (type == Type::pred) && (wider ? has >= wants : has == wants);
    if (operand.kind != Operand::Kind::reg || !(predicates || fits)) {
        fail("has an operand that does not fit its type");
    }
}

std::uint32_t Decoder::source(const Operand &from, Type type, bool wider) {
    if (from.negated) {
        fail("has a '!' where none is known");
    }
    if (from.kind == Operand::Kind::literal) {
        return scope.constant(literal_bits(from.literal, type, s.line));
    }
    check_width(from, type, wider);
    return from.reg;
}

std::uint32_t Decoder::destination(const Operand &to, Type type, bool wider) {
    check_width(to, type, wider);
    return to.reg;
}

std::uint32_t Decoder::predicate(std::size_t k) {
    return source(operand(k), Type::pred, false);
}

void Decoder::take_registers(Type type, std::size_t count) {
    result.r[0] = destination(0, type);
    for (std::size_t k = 1; k <= count; ++k) {
        result.r[k] = source(k, type);
    }
}

void Decoder::address(std::size_t k, std::uint32_t &base, std::int64_t &offset) {
    const Operand &from = operand(k);
    if (from.kind != Operand::Kind::address) {
        fail("lacks an address");
    }
    base = from.reg;
    offset = from.offset;
}

}  // namespace axnorm::ptx

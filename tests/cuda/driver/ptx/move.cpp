// mov, with the packing of registers into others; cvta and isspacep.
#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
void run_mov(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = t.r[i.r[1]];
}

// `count` parts of `mode` bytes each, the lowest first.
void run_pack(Thread &t, const Instruction &i) {
    const std::uint32_t bits = 8U * i.mode;
    std::uint64_t result = 0;
    for (std::uint32_t k = 0; k < i.count; ++k) {
        result |= (t.r[i.r[k + 1]] & ((std::uint64_t{1} << bits) - 1)) << (k * bits);
    }
    t.r[i.r[0]] = result;
}

void run_unpack(Thread &t, const Instruction &i) {
    const std::uint32_t bits = 8U * i.mode;
    const std::uint64_t value = t.r[i.r[0]];
    for (std::uint32_t k = 0; k < i.count; ++k) {
        if (i.r[k + 1] != no_register) {
            t.r[i.r[k + 1]] = value >> (k * bits) & ((std::uint64_t{1} << bits) - 1);
        }
    }
}

Type part_of(Decoder &d, Type whole, const Operand &parts) {
    const std::size_t count = parts.items.size();
    if ((count != 2 && count != 4) || size_of(whole) / count < 1) {
        d.fail("cannot be taken apart in this way");
    }
    d.result.count = static_cast<std::uint8_t>(count);
    d.result.mode = static_cast<std::uint8_t>(size_of(whole) / count);
    return unsigned_of(d.result.mode);
}

void decode_pack(Decoder &d, Type type) {
    const Operand &parts = d.operand(1);
    const Type part = part_of(d, type, parts);
    d.result.run = run_pack;
    d.result.r[0] = d.destination(0, type);
    for (std::size_t k = 0; k < parts.items.size(); ++k) {
        d.result.r[k + 1] = d.source(parts.items[k], part, false);
    }
}

void decode_unpack(Decoder &d, Type type) {
    const Operand &parts = d.operand(0);
    const Type part = part_of(d, type, parts);
    d.result.run = run_unpack;
    d.result.r[0] = d.source(1, type);
    for (std::size_t k = 0; k < parts.items.size(); ++k) {
        if (parts.items[k].kind != Operand::Kind::sink) {
            d.result.r[k + 1] = d.destination(parts.items[k], part, false);
        }
    }
}

std::uint32_t value_or_address(Decoder &d, std::size_t k, Type type) {
    const Operand &from = d.operand(k);
    if (from.kind != Operand::Kind::symbol) {
        return d.source(k, type);
    }
    if (size_of(type) < 4) {
        d.fail("has no room for an address");
    }
    return d.scope.address_of(from.name, from.offset, d.s.line);
}

void decode_mov(Decoder &d) {
    const Type type = d.accept("pred") ? Type::pred : d.any_type();
    d.operands(2);
    if (d.operand(0).kind == Operand::Kind::vector) {
        decode_unpack(d, type);
    } else if (d.operand(1).kind == Operand::Kind::vector) {
        decode_pack(d, type);
    } else {
        d.result.run = run_mov;
        d.result.r[0] = d.destination(0, type);
        d.result.r[1] = value_or_address(d, 1, type);
    }
}

std::uint64_t window_of(Space space) {
    return space == Space::shared ? shared_window : space == Space::local ? local_window : 0;
}

void run_cvta(Thread &t, const Instruction &i) {
    const std::uint64_t window = window_of(i.space);
    t.r[i.r[0]] = i.negated ? t.r[i.r[1]] - window : t.r[i.r[1]] + window;
}

// From a space to generic addresses, and with .to back.
void decode_cvta(Decoder &d) {
    d.result.negated = d.accept("to");
    d.result.space = d.space();
    if (d.result.space == Space::generic || d.result.space == Space::param) {
        d.fail("is not known for this space");
    }
    const Type type = d.type({Type::u64});
    d.operands(2);
    d.result.run = run_cvta;
    d.result.r[0] = d.destination(0, type);
    d.result.r[1] = value_or_address(d, 1, type);
}

void run_isspacep(Thread &t, const Instruction &i) {
    const std::uint64_t address = t.r[i.r[1]];
    const bool shared = address - shared_window < window_size, local = address - local_window < window_size;
    t.r[i.r[0]] = i.space == Space::shared ? shared : i.space == Space::local ? local : !shared && !local;
}

void decode_isspacep(Decoder &d) {
    d.result.space = d.space();
    if (d.result.space != Space::shared && d.result.space != Space::local && d.result.space != Space::global) {
        d.fail("is not known for this space");
    }
    d.operands(2);
    d.result.run = run_isspacep;
    d.result.r[0] = d.destination(0, Type::pred);
    d.result.r[1] = d.source(1, Type::u64);
}

constexpr DecodeRow rows[] = {
    {"mov", decode_mov},
    {"cvta", decode_cvta},
    {"isspacep", decode_isspacep},
};
}  // namespace

DecodeTable move_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

// Instructions on bits: logic, shifts, fields, permutations and counts.
#include <bit>

#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
std::uint64_t mask_of(Type type) {
    return size_of(type) == 8   ? ~std::uint64_t{0}
           : type == Type::pred ? 1
                                : (std::uint64_t{1} << (8 * size_of(type))) - 1;
}

void run_and(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = t.r[i.r[1]] & t.r[i.r[2]];
}
void run_or(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = t.r[i.r[1]] | t.r[i.r[2]];
}
void run_xor(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = t.r[i.r[1]] ^ t.r[i.r[2]];
}
void run_not(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = ~t.r[i.r[1]] & mask_of(i.type);
}
void run_cnot(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = (t.r[i.r[1]] & mask_of(i.type)) == 0;
}

template <Instruction::Run run, std::size_t count>
void decode_logic(Decoder &d) {
    // ".pred" is no type elsewhere.
    const Type type = d.accept("pred") ? Type::pred : d.type({Type::b16, Type::b32, Type::b64});
    d.operands(count + 1);
    d.result.type = type;
    d.result.run = run;
    d.take_registers(type, count);
}

// Shifts by more than the width leave no bit, or the sign alone.
template <class T>
void run_shl(Thread &t, const Instruction &i) {
    const auto by = get<std::uint32_t>(t, i.r[2]);
    set<T>(t, i.r[0], by >= 8 * sizeof(T) ? T{0} : static_cast<T>(std::uint64_t{get<T>(t, i.r[1])} << by));
}
template <class T>
void run_shr(Thread &t, const Instruction &i) {
    const auto by = std::min<std::uint32_t>(get<std::uint32_t>(t, i.r[2]), 63);
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const bool gone = std::is_unsigned_v<T> && get<std::uint32_t>(t, i.r[2]) >= 8 * sizeof(T);
    set<T>(t, i.r[0], gone ? T{0} : static_cast<T>(Wide{get<T>(t, i.r[1])} >> by));
}

void take_shift(Decoder &d, Type type) {
    d.operands(3);
    d.result.r[0] = d.destination(0, type);
    d.result.r[1] = d.source(1, type);
    d.result.r[2] = d.source(2, Type::u32);
}

void decode_shl(Decoder &d) {
    const Type type = d.type({Type::b16, Type::b32, Type::b64});
    d.result.run = type == Type::b16   ? run_shl<std::uint16_t>
                   : type == Type::b32 ? run_shl<std::uint32_t>
                                       : run_shl<std::uint64_t>;
    take_shift(d, type);
}

Instruction::Run shr_run(Type type) {
    switch (type) {
        case Type::b16:
        case Type::u16: return run_shr<std::uint16_t>;
        case Type::b32:
        case Type::u32: return run_shr<std::uint32_t>;
        case Type::b64:
        case Type::u64: return run_shr<std::uint64_t>;
        case Type::s16: return run_shr<std::int16_t>;
        case Type::s32: return run_shr<std::int32_t>;
        case Type::s64: return run_shr<std::int64_t>;
        default: return nullptr;
    }
}

void decode_shr(Decoder &d) {
    const Type type = d.any_type();
    d.result.run = shr_run(type);
    take_shift(d, type);
}

// Two registers as one of 64 bits, of which the high or the low half is taken.
void run_shf(Thread &t, const Instruction &i) {
    const auto low = get<std::uint32_t>(t, i.r[1]), high = get<std::uint32_t>(t, i.r[2]);
    auto by = get<std::uint32_t>(t, i.r[3]);
    by = i.saturate ? std::min(by, 32U) : by & 31;
    const std::uint64_t both = std::uint64_t{high} << 32 | low;
    set(t, i.r[0], static_cast<std::uint32_t>(i.mode == 0 ? both << by >> 32 : both >> by));
}

void decode_shf(Decoder &d) {
    d.result.mode = d.accept("l") ? 0 : 1;
    if (d.result.mode == 1 && !d.accept("r")) {
        d.fail("lacks .l or .r");
    }
    d.result.saturate = d.accept("clamp");
    if (!d.result.saturate && !d.accept("wrap")) {
        d.fail("lacks .clamp or .wrap");
    }
    d.type({Type::b32});
    d.operands(4);
    d.result.run = run_shf;
    d.take_registers(Type::b32, 3);
}

// Beyond the top the sign is read, which of unsigned numbers is 0.
void run_bfe(Thread &t, const Instruction &i) {
    const std::uint32_t bits = 8 * size_of(i.type);
    const std::uint32_t at = get<std::uint32_t>(t, i.r[2]) & 0xff, length = get<std::uint32_t>(t, i.r[3]) & 0xff;
    const std::uint64_t value = t.r[i.r[1]] & mask_of(i.type);
    const bool sign = is_signed(i.type) && length != 0 && (value >> std::min(at + length - 1, bits - 1) & 1) != 0;
    std::uint64_t field = at >= bits ? 0 : value >> at;
    const std::uint32_t kept = std::min(length, at >= bits ? 0 : bits - at);
    const std::uint64_t mask = kept >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kept) - 1;
    field = (field & mask) | (sign ? ~mask : 0);
    t.r[i.r[0]] = field & mask_of(i.type);
}

void decode_bfe(Decoder &d) {
    d.result.type = d.type({Type::u32, Type::u64, Type::s32, Type::s64});
    d.operands(4);
    d.result.run = run_bfe;
    d.result.r[0] = d.destination(0, d.result.type);
    d.result.r[1] = d.source(1, d.result.type);
    d.result.r[2] = d.source(2, Type::u32);
    d.result.r[3] = d.source(3, Type::u32);
}

void run_bfi(Thread &t, const Instruction &i) {
    const std::uint32_t bits = 8 * size_of(i.type);
    const std::uint32_t at = get<std::uint32_t>(t, i.r[3]) & 0xff, length = get<std::uint32_t>(t, i.r[4]) & 0xff;
    std::uint64_t mask = length >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1;
    mask = at >= bits ? 0 : mask << at & mask_of(i.type);
    t.r[i.r[0]] = (t.r[i.r[2]] & ~mask) | (at >= bits ? 0 : t.r[i.r[1]] << at & mask);
}

void decode_bfi(Decoder &d) {
    d.result.type = d.type({Type::b32, Type::b64});
    d.operands(5);
    d.result.run = run_bfi;
    d.take_registers(d.result.type, 2);
    d.result.r[3] = d.source(3, Type::u32);
    d.result.r[4] = d.source(4, Type::u32);
}

// The byte of a pair of registers that a selector names, or its sign.
std::uint32_t selected(std::uint64_t bytes, std::uint32_t selector) {
    const auto byte = static_cast<std::uint32_t>(bytes >> (8 * (selector & 7)) & 0xff);
    return (selector & 8) != 0 ? (byte >> 7) * 0xff : byte;
}

// In the named modes the low two bits of the selector shift a fixed pattern.
std::uint32_t selectors(std::uint8_t mode, std::uint32_t by) {
    constexpr std::uint16_t tables[7][4] = {{0x3210, 0x4321, 0x5432, 0x6543}, {0x5670, 0x6701, 0x7012, 0x0123},
                                            {0x0000, 0x1111, 0x2222, 0x3333}, {0x3210, 0x3211, 0x3222, 0x3333},
                                            {0x0000, 0x1110, 0x2210, 0x3210}, {0x1010, 0x3232, 0x1010, 0x3232}};
    return mode == 0 ? by : tables[mode - 1][by & 3];
}

void run_prmt(Thread &t, const Instruction &i) {
    const std::uint64_t bytes = get<std::uint32_t>(t, i.r[1]) | std::uint64_t{get<std::uint32_t>(t, i.r[2])} << 32;
    const std::uint32_t chosen = selectors(i.mode, get<std::uint32_t>(t, i.r[3]));
    std::uint32_t result = 0;
    for (std::uint32_t k = 0; k < 4; ++k) {
        result |= selected(bytes, chosen >> (4 * k) & 0xf) << (8 * k);
    }
    set(t, i.r[0], result);
}

void decode_prmt(Decoder &d) {
    d.type({Type::b32});
    constexpr std::string_view modes[] = {"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"};
    for (std::uint8_t k = 0; k < 6; ++k) {
        d.result.mode = d.accept(modes[k]) ? static_cast<std::uint8_t>(k + 1) : d.result.mode;
    }
    d.operands(4);
    d.result.run = run_prmt;
    d.take_registers(Type::b32, 3);
}

// The table has the result for each of the eight combinations of a bit of a, b and c.
void run_lop3(Thread &t, const Instruction &i) {
    const auto a = get<std::uint32_t>(t, i.r[1]), b = get<std::uint32_t>(t, i.r[2]), c = get<std::uint32_t>(t, i.r[3]);
    std::uint32_t result = 0;
    for (std::uint32_t k = 0; k < 8; ++k) {
        if ((i.mode >> k & 1) != 0) {
            result |= ((k & 4) != 0 ? a : ~a) & ((k & 2) != 0 ? b : ~b) & ((k & 1) != 0 ? c : ~c);
        }
    }
    set(t, i.r[0], result);
}

void decode_lop3(Decoder &d) {
    d.type({Type::b32});
    d.operands(5);
    if (d.operand(4).kind != Operand::Kind::literal) {
        d.fail("wants a number as its table");
    }
    d.result.mode = static_cast<std::uint8_t>(d.operand(4).literal.bits);
    d.result.run = run_lop3;
    d.take_registers(Type::b32, 3);
}

template <class T>
void run_popc(Thread &t, const Instruction &i) {
    set(t, i.r[0], static_cast<std::uint32_t>(std::popcount(get<T>(t, i.r[1]))));
}
template <class T>
void run_clz(Thread &t, const Instruction &i) {
    set(t, i.r[0], static_cast<std::uint32_t>(std::countl_zero(get<T>(t, i.r[1]))));
}
void run_brev(Thread &t, const Instruction &i) {
    std::uint64_t result = 0;
    for (std::uint32_t k = 0, bits = 8 * size_of(i.type); k < bits; ++k) {
        result |= (t.r[i.r[1]] >> k & 1) << (bits - 1 - k);
    }
    t.r[i.r[0]] = result;
}
// The place of the first bit that differs from the sign; ~0 if none does. With .shiftamt the shift that brings it up.
void run_bfind(Thread &t, const Instruction &i) {
    const auto bits = static_cast<int>(8 * size_of(i.type));
    std::uint64_t value = t.r[i.r[1]] & mask_of(i.type);
    if (is_signed(i.type) && (value >> (bits - 1)) != 0) {
        value = ~value & mask_of(i.type);
    }
    const int place = 63 - std::countl_zero(value);
    set(t, i.r[0], value == 0 ? ~std::uint32_t{0} : static_cast<std::uint32_t>(i.mode != 0 ? bits - 1 - place : place));
}

template <Instruction::Run run32, Instruction::Run run64>
void decode_count(Decoder &d) {
    const Type type = d.type({Type::b32, Type::b64});
    d.operands(2);
    d.result.run = type == Type::b32 ? run32 : run64;
    d.result.r[0] = d.destination(0, Type::u32);
    d.result.r[1] = d.source(1, type);
}

void decode_brev(Decoder &d) {
    d.result.type = d.type({Type::b32, Type::b64});
    d.operands(2);
    d.result.run = run_brev;
    d.take_registers(d.result.type, 1);
}

void decode_bfind(Decoder &d) {
    d.result.mode = d.accept("shiftamt");
    d.result.type = d.type({Type::u32, Type::u64, Type::s32, Type::s64});
    d.operands(2);
    d.result.run = run_bfind;
    d.result.r[0] = d.destination(0, Type::u32);
    d.result.r[1] = d.source(1, d.result.type);
}

constexpr DecodeRow rows[] = {
    {"and", decode_logic<run_and, 2>},
    {"or", decode_logic<run_or, 2>},
    {"xor", decode_logic<run_xor, 2>},
    {"not", decode_logic<run_not, 1>},
    {"cnot", decode_logic<run_cnot, 1>},
    {"shl", decode_shl},
    {"shr", decode_shr},
    {"shf", decode_shf},
    {"bfe", decode_bfe},
    {"bfi", decode_bfi},
    {"prmt", decode_prmt},
    {"lop3", decode_lop3},
    {"popc", decode_count<run_popc<std::uint32_t>, run_popc<std::uint64_t>>},
    {"clz", decode_count<run_clz<std::uint32_t>, run_clz<std::uint64_t>>},
    {"brev", decode_brev},
    {"bfind", decode_bfind},
};
}  // namespace

DecodeTable bit_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

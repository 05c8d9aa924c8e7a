// Integers in several registers: additions, differences and products that leave a carry or take one.
#include <algorithm>

#include "arithmetic.h"
#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
__extension__ typedef unsigned __int128 UInt128;
__extension__ typedef __int128 Int128;

// Of a sum of up to three parts less than 2^bits each, the bits above are the carry.
template <class T>
void store_sum(Thread &t, const Instruction &i, UInt128 sum) {
    set<T>(t, i.r[0], static_cast<T>(sum));
    t.carry = i.saturate ? (sum >> (8 * sizeof(T)) & 1) != 0 : t.carry;
}

template <class T>
void run_add(Thread &t, const Instruction &i) {
    store_sum<T>(t, i, UInt128{get<T>(t, i.r[1])} + get<T>(t, i.r[2]) + (i.negated && t.carry));
}

template <class T>
void run_sub(Thread &t, const Instruction &i) {
    store_sum<T>(t, i, UInt128{get<T>(t, i.r[1])} - get<T>(t, i.r[2]) - (i.negated && t.carry));
}

template <class T>
void run_mad(Thread &t, const Instruction &i) {
    const UInt128 product = is_signed(i.type)
                                ? static_cast<UInt128>(Int128{static_cast<std::make_signed_t<T>>(get<T>(t, i.r[1]))} *
                                                       static_cast<std::make_signed_t<T>>(get<T>(t, i.r[2])))
                                : UInt128{get<T>(t, i.r[1])} * get<T>(t, i.r[2]);
    const auto part = static_cast<T>(i.mode == 0 ? product : product >> (8 * sizeof(T)));
    store_sum<T>(t, i, UInt128{part} + get<T>(t, i.r[3]) + (i.negated && t.carry));
}

template <Instruction::Run run32, Instruction::Run run64>
void finish(Decoder &d, std::size_t count) {
    d.result.saturate = d.accept("cc");
    const Type type = d.type({Type::u32, Type::s32, Type::u64, Type::s64});
    d.operands(count + 1);
    d.result.type = type;
    d.result.run = size_of(type) == 4 ? run32 : run64;
    d.take_registers(type, count);
}
}  // namespace

bool has_carry(const Decoder &d) {
    const std::string_view name = d.s.name.substr(0, 3);
    const bool can = name == "add" || name == "sub" || name == "mad";
    return can && (d.s.name.ends_with('c') || std::ranges::find(d.s.modifiers, "cc") != d.s.modifiers.end());
}

void decode_with_carry(Decoder &d) {
    d.result.negated = d.s.name.ends_with('c');  // it takes one
    if (d.s.name.starts_with("add")) {
        finish<run_add<std::uint32_t>, run_add<std::uint64_t>>(d, 2);
    } else if (d.s.name.starts_with("sub")) {
        finish<run_sub<std::uint32_t>, run_sub<std::uint64_t>>(d, 2);
    } else {
        d.result.mode = d.accept("lo") ? 0 : 1;
        if (d.result.mode == 1 && !d.accept("hi")) {
            d.fail("lacks .lo or .hi");
        }
        finish<run_mad<std::uint32_t>, run_mad<std::uint64_t>>(d, 3);
    }
}

}  // namespace axnorm::ptx

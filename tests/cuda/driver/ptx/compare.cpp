// Comparisons and what is chosen by them: setp, set, selp and slct.
#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
template <class T>
bool compare_integers(Compare compare, T a, T b) {
    switch (compare) {
        case Compare::eq: return a == b;
        case Compare::ne: return a != b;
        case Compare::lt:
        case Compare::lo: return a < b;
        case Compare::le:
        case Compare::ls: return a <= b;
        case Compare::gt:
        case Compare::hi: return a > b;
        default: return a >= b;
    }
}

bool compare_numbers(Compare compare, double a, double b) {
    const bool nan = std::isnan(a) || std::isnan(b);
    switch (compare) {
        case Compare::eq: return a == b;
        case Compare::ne: return !nan && a != b;
        case Compare::lt: return a < b;
        case Compare::le: return a <= b;
        case Compare::gt: return a > b;
        case Compare::ge: return a >= b;
        case Compare::equ: return nan || a == b;
        case Compare::neu: return nan || a != b;
        case Compare::ltu: return nan || a < b;
        case Compare::leu: return nan || a <= b;
        case Compare::gtu: return nan || a > b;
        case Compare::geu: return nan || a >= b;
        case Compare::num: return !nan;
        default: return nan;
    }
}

template <class T>
bool compared(const Instruction &i, T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return compare_integers(i.compare, a, b);
    } else {
        return i.flush ? compare_numbers(i.compare, widen(flushed(a)), widen(flushed(b)))
                       : compare_numbers(i.compare, widen(a), widen(b));
    }
}

bool combined(const Thread &t, const Instruction &i, bool value) {
    if (i.combine == Combine::none) {
        return value;
    }
    const bool other = holds(t, i.r[4]) != i.negated;
    return i.combine == Combine::and_ ? value && other : i.combine == Combine::or_ ? value || other : value != other;
}

// With two predicates the second has the result of the opposite comparison.
template <class T>
void run_setp(Thread &t, const Instruction &i) {
    const bool value = compared(i, get<T>(t, i.r[2]), get<T>(t, i.r[3]));
    const bool first = combined(t, i, value), second = combined(t, i, !value);
    if (i.r[0] != no_register) {
        t.r[i.r[0]] = first;
    }
    if (i.r[1] != no_register) {
        t.r[i.r[1]] = second;
    }
}

// Of pairs: a predicate for each.
template <class T>
void run_setp_pair(Thread &t, const Instruction &i) {
    const auto a = get<std::array<T, 2>>(t, i.r[2]), b = get<std::array<T, 2>>(t, i.r[3]);
    const bool first = combined(t, i, compared(i, a[0], b[0])), second = combined(t, i, compared(i, a[1], b[1]));
    if (i.r[0] != no_register) {
        t.r[i.r[0]] = first;
    }
    if (i.r[1] != no_register) {
        t.r[i.r[1]] = second;
    }
}

std::uint64_t truth_as(Type type, bool value) {
    if (!value) {
        return 0;
    }
    return type == Type::f32    ? 0x3f800000
           : type == Type::f16  ? 0x3c00
           : type == Type::bf16 ? 0x3f80
           : size_of(type) == 2 ? 0xffff
                                : 0xffffffff;
}

template <class T>
void run_set(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = truth_as(i.type, combined(t, i, compared(i, get<T>(t, i.r[2]), get<T>(t, i.r[3]))));
}

template <class T>
void run_set_pair(Thread &t, const Instruction &i) {
    const auto a = get<std::array<T, 2>>(t, i.r[2]), b = get<std::array<T, 2>>(t, i.r[3]);
    const Type half = element_of(i.type) == i.type ? Type::b16 : element_of(i.type);
    t.r[i.r[0]] = truth_as(half, combined(t, i, compared(i, a[0], b[0]))) |
                  truth_as(half, combined(t, i, compared(i, a[1], b[1]))) << 16;
}

struct Runs {
    Instruction::Run setp, set;
};

Runs runs_for(Type type) {
    switch (type) {
        case Type::b16:
        case Type::u16: return {run_setp<std::uint16_t>, run_set<std::uint16_t>};
        case Type::b32:
        case Type::u32: return {run_setp<std::uint32_t>, run_set<std::uint32_t>};
        case Type::b64:
        case Type::u64: return {run_setp<std::uint64_t>, run_set<std::uint64_t>};
        case Type::s16: return {run_setp<std::int16_t>, run_set<std::int16_t>};
        case Type::s32: return {run_setp<std::int32_t>, run_set<std::int32_t>};
        case Type::s64: return {run_setp<std::int64_t>, run_set<std::int64_t>};
        case Type::f16: return {run_setp<Half>, run_set<Half>};
        case Type::bf16: return {run_setp<BFloat>, run_set<BFloat>};
        case Type::f16x2: return {run_setp_pair<Half>, run_set_pair<Half>};
        case Type::bf16x2: return {run_setp_pair<BFloat>, run_set_pair<BFloat>};
        case Type::f32: return {run_setp<float>, run_set<float>};
        case Type::f64: return {run_setp<double>, run_set<double>};
        default: return {nullptr, nullptr};
    }
}

void take_comparison(Decoder &d) {
    const auto compare = compare_named(d.take("a comparison"));
    if (!compare) {
        d.fail("has no comparison that is known");
    }
    d.result.compare = *compare;
    d.result.combine = d.accept("and")   ? Combine::and_
                       : d.accept("or")  ? Combine::or_
                       : d.accept("xor") ? Combine::xor_
                                         : Combine::none;
    d.result.flush = d.accept("ftz");
}

void check_comparison(Decoder &d, Type type) {
    const Compare c = d.result.compare;
    const bool of_bits = c == Compare::eq || c == Compare::ne;
    const bool of_unsigned = c == Compare::lo || c == Compare::ls || c == Compare::hi || c == Compare::hs;
    const bool ordered = c <= Compare::ge;
    const bool is_bits = type == Type::b16 || type == Type::b32 || type == Type::b64;
    const bool known = is_floating(type) ? !of_unsigned
                       : is_bits         ? of_bits
                                         : ordered || (of_unsigned && !is_signed(type));
    if (!known) {
        d.fail("has a comparison that its type does not have");
    }
}

void take_sources(Decoder &d, Type type) {
    const bool combines = d.result.combine != Combine::none;
    d.operands(combines ? 4 : 3);
    d.result.r[2] = d.source(1, type);
    d.result.r[3] = d.source(2, type);
    if (combines) {
        Operand other = d.operand(3);
        d.result.negated = other.negated;
        other.negated = false;
        d.result.r[4] = d.source(other, Type::pred, false);
    }
}

void decode_setp(Decoder &d) {
    take_comparison(d);
    const Type type = d.any_type();
    check_comparison(d, type);
    take_sources(d, type);
    d.result.run = runs_for(type).setp;
    if (d.operand(0).kind != Operand::Kind::sink) {
        d.result.r[0] = d.destination(0, Type::pred);
    }
    d.result.r[1] = d.operand(0).second;
}

void decode_set(Decoder &d) {
    take_comparison(d);
    d.result.type = d.any_type();
    const Type from = d.any_type();
    const bool pairs = element_of(from) != from;
    if (size_of(d.result.type) != 4 && size_of(element_of(from)) != 2 && !pairs) {
        d.fail("is not known for this type");
    }
    check_comparison(d, from);
    take_sources(d, from);
    d.result.run = runs_for(from).set;
    d.result.r[0] = d.destination(0, d.result.type);
}

void run_selp(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = t.r[holds(t, i.r[3]) ? i.r[1] : i.r[2]];
}

void decode_selp(Decoder &d) {
    const Type type = d.any_type();
    d.operands(4);
    d.result.run = size_of(type) == 1 ? nullptr : run_selp;
    d.result.r[0] = d.destination(0, type);
    d.result.r[1] = d.source(1, type);
    d.result.r[2] = d.source(2, type);
    d.result.r[3] = d.predicate(3);
}

template <class T>
void run_slct(Thread &t, const Instruction &i) {
    T by = get<T>(t, i.r[3]);
    if constexpr (std::is_same_v<T, float>) {
        by = i.flush ? flushed(by) : by;
    }
    t.r[i.r[0]] = t.r[by >= T{0} ? i.r[1] : i.r[2]];
}

void decode_slct(Decoder &d) {
    d.result.flush = d.accept("ftz");
    const Type type = d.any_type(), by = d.type({Type::s32, Type::f32});
    d.operands(4);
    d.result.run = by == Type::s32 ? run_slct<std::int32_t> : run_slct<float>;
    d.result.r[0] = d.destination(0, type);
    d.result.r[1] = d.source(1, type);
    d.result.r[2] = d.source(2, type);
    d.result.r[3] = d.source(3, by);
}

constexpr DecodeRow rows[] = {
    {"setp", decode_setp},
    {"set", decode_set},
    {"selp", decode_selp},
    {"slct", decode_slct},
};
}  // namespace

DecodeTable compare_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

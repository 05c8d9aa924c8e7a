// cvt: between integers and floating point of all widths.
#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {

std::int64_t signed_value(std::uint64_t bits, Type type) {
    const std::uint32_t unused = 64 - 8 * size_of(type);
    return static_cast<std::int64_t>(bits << unused) >> unused;
}

std::uint64_t unsigned_value(std::uint64_t bits, Type type) {
    const std::uint32_t unused = 64 - 8 * size_of(type);
    return bits << unused >> unused;
}

double number_in(const Thread &t, std::uint32_t reg, Type type) {
    switch (type) {
        case Type::f16: return widen(get<Half>(t, reg));
        case Type::bf16: return widen(get<BFloat>(t, reg));
        case Type::f32: return get<float>(t, reg);
        default: return get<double>(t, reg);
    }
}

const Format &format_of(Type type) {
    return type == Type::f16    ? half_format
           : type == Type::bf16 ? bfloat_format
           : type == Type::f32  ? single_format
                                : double_format;
}

double flushed_as(Type type, double value) {
    return type == Type::f32 ? widen(flushed(static_cast<float>(value))) : value;
}

// As much of it as the type has: the least and the greatest number stand for all beyond.
template <class Wide>
Wide clamped(Wide value, Type to) {
    const std::uint32_t bits = 8 * size_of(to);
    if constexpr (std::is_signed_v<Wide>) {
        const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - bits);
        if (!is_signed(to)) {
            return value < 0 ? 0 : bits == 64 ? value : std::min<Wide>(value, (std::int64_t{1} << bits) - 1);
        }
        return std::clamp<Wide>(value, -most - 1, most);
    } else {
        return std::min<Wide>(value, std::numeric_limits<std::uint64_t>::max() >> (64 - bits + is_signed(to)));
    }
}

void run_integer_to_integer(Thread &t, const Instruction &i) {
    const std::uint64_t bits = t.r[i.r[1]];
    std::uint64_t result = 0;
    if (is_signed(i.from)) {
        const std::int64_t value = signed_value(bits, i.from);
        result = static_cast<std::uint64_t>(i.saturate ? clamped(value, i.type) : value);
    } else {
        const std::uint64_t value = unsigned_value(bits, i.from);
        result = i.saturate ? clamped(value, i.type) : value;
    }
    // A wider register takes the sign.
    t.r[i.r[0]] =
        is_signed(i.type) ? static_cast<std::uint64_t>(signed_value(result, i.type)) : unsigned_value(result, i.type);
}

// NaN becomes 0, numbers that do not fit the nearest that does.
void run_number_to_integer(Thread &t, const Instruction &i) {
    double value = number_in(t, i.r[1], i.from);
    value = round_integral(i.flush ? flushed_as(i.from, value) : value, i.rounding);
    const auto bits = static_cast<int>(8 * size_of(i.type));
    const double beyond = std::ldexp(1.0, is_signed(i.type) ? bits - 1 : bits), least = is_signed(i.type) ? -beyond : 0;
    const std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t result = 0;
    if (value >= beyond) {
        result = all >> (64 - bits + is_signed(i.type));
    } else if (value <= least) {
        result = is_signed(i.type) ? all << (bits - 1) : 0;
    } else if (!std::isnan(value)) {
        result = value < 0 ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value))
                           : static_cast<std::uint64_t>(value);
    }
    t.r[i.r[0]] = result;
}

std::uint64_t limited(std::uint64_t bits, const Instruction &i, double value) {
    if (i.saturate) {  // to 0 ... 1, of NaN 0
        if (std::isnan(value) || value <= 0) {
            return 0;
        }
        if (value >= 1) {
            return encode(1.0, format_of(i.type), Rounding::nearest);
        }
    }
    const bool negative = (bits >> (8 * size_of(i.type) - 1)) != 0;
    return i.mode == 1 && negative && !std::isnan(value) ? 0 : bits;  // .relu
}

void run_integer_to_number(Thread &t, const Instruction &i) {
    const std::uint64_t bits = t.r[i.r[1]];
    const bool negative = is_signed(i.from) && signed_value(bits, i.from) < 0;
    const std::uint64_t value =
        negative ? ~static_cast<std::uint64_t>(signed_value(bits, i.from)) + 1 : unsigned_value(bits, i.from);
    const std::uint64_t result = encode(negative, value, 0, format_of(i.type), i.rounding);
    t.r[i.r[0]] = limited(result, i, negative ? -1.0 : static_cast<double>(value));
}

std::uint64_t converted(double value, const Instruction &i) {
    value = i.flush ? flushed_as(i.from, value) : value;
    if (i.negated) {  // to an integral value
        value = round_integral(value, i.rounding);
    }
    std::uint64_t result = encode(value, format_of(i.type), i.negated ? Rounding::nearest : i.rounding);
    if (i.flush && i.type == Type::f32) {
        result = std::bit_cast<std::uint32_t>(flushed(std::bit_cast<float>(static_cast<std::uint32_t>(result))));
    }
    return limited(result, i, value);
}

void run_number_to_number(Thread &t, const Instruction &i) {
    t.r[i.r[0]] = converted(number_in(t, i.r[1], i.from), i);
}

// The first source becomes the high half.
void run_numbers_to_pair(Thread &t, const Instruction &i) {
    const std::uint64_t high = converted(number_in(t, i.r[1], i.from), i);
    t.r[i.r[0]] = high << 16 | converted(number_in(t, i.r[2], i.from), i);
}

void decode_pair(Decoder &d) {
    if (d.result.from != Type::f32) {
        d.fail("is not known for this type");
    }
    const Type pair = d.result.type;
    d.result.type = element_of(pair);
    d.operands(3);
    d.result.run = run_numbers_to_pair;
    d.result.r[0] = d.destination(0, pair);
    d.result.r[1] = d.source(1, Type::f32);
    d.result.r[2] = d.source(2, Type::f32);
}

// Rounding is named where the result may be inexact, and nowhere else.
void check_rounding(Decoder &d, bool has_rounding, bool integral) {
    const Type to = d.result.type, from = d.result.from;
    const bool to_number = is_floating(to), from_number = is_floating(from);
    const bool narrows = to_number && (!from_number || size_of(element_of(to)) < size_of(from) ||
                                       (size_of(to) == size_of(from) && to != from));
    const bool wants = narrows || (!to_number && from_number);
    if ((wants && !has_rounding) || (narrows && integral) || (!to_number && from_number && !integral) ||
        (!to_number && !from_number && has_rounding) ||
        (to_number && from_number && !narrows && has_rounding && !integral && to != from)) {
        d.fail("has a rounding that does not fit its types");
    }
}

void take_rounding(Decoder &d, bool &has_rounding, bool &integral) {
    constexpr std::string_view names[] = {"rni", "rzi", "rmi", "rpi"};
    for (std::uint8_t k = 0; k < 4 && !integral; ++k) {
        integral = d.accept(names[k]);
        d.result.rounding = integral ? static_cast<Rounding>(k) : d.result.rounding;
    }
    has_rounding = integral;
    if (const auto rounding = d.rounding(); rounding && !integral) {
        d.result.rounding = *rounding;
        has_rounding = true;
    }
}

void decode_cvt(Decoder &d) {
    bool has_rounding = false, integral = false;
    take_rounding(d, has_rounding, integral);
    d.result.negated = integral;
    d.result.mode = d.accept("relu");
    d.result.flush = d.accept("ftz");
    d.result.saturate = d.accept("sat");
    d.result.mode = d.result.mode != 0 || d.accept("relu");
    d.result.type = d.any_type();
    d.result.from = d.any_type();
    check_rounding(d, has_rounding, integral);
    const Type to = d.result.type, from = d.result.from;
    if (element_of(to) != to) {
        decode_pair(d);
        return;
    }
    if (element_of(from) != from) {
        d.fail("is not known for this type");
    }
    d.operands(2);
    d.result.run = is_floating(to)     ? is_floating(from) ? run_number_to_number : run_integer_to_number
                   : is_floating(from) ? run_number_to_integer
                                       : run_integer_to_integer;
    d.result.r[0] = d.destination(d.operand(0), to, true);
    d.result.r[1] = d.source_or_wider(1, from);
}

constexpr DecodeRow rows[] = {{"cvt", decode_cvt}};
}  // namespace

DecodeTable convert_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

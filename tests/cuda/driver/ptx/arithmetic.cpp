#include "arithmetic.h"

#include "decoder.h"

namespace axnorm::ptx {

namespace {
using O = Operation;

void take_operands(Decoder &d, Type type, std::size_t count) {
    d.operands(count + 1);
    d.result.type = type;
    d.take_registers(type, count);
}

bool is_wide(Operation operation) {
    return operation == O::mul_wide || operation == O::mad_wide;
}

// Of integers; for the wide forms `type` is that of the factors.
void decode_integer(Decoder &d, Operation operation, std::size_t count) {
    const Type type = d.any_type();
    d.result.type = type;
    d.result.run = integer_run(operation, type);
    if (!is_wide(operation)) {
        take_operands(d, type, count);
        return;
    }
    if (size_of(type) > 4) {
        d.fail("is not known for this type");
    }
    const Type wide = unsigned_of(2 * size_of(type));
    d.operands(count + 1);
    d.result.r[0] = d.destination(0, wide);
    d.result.r[1] = d.source(1, type);
    d.result.r[2] = d.source(2, type);
    if (count == 3) {
        d.result.r[3] = d.source(3, wide);
    }
}

void decode_floating(Decoder &d, Operation operation, std::size_t count) {
    d.result.rounding = d.rounding().value_or(Rounding::nearest);
    d.result.flush = d.accept("ftz");
    d.result.nan = d.accept("NaN");
    d.result.saturate = d.accept("sat");
    const Type type = d.any_type();
    if (!is_floating(type) || (size_of(element_of(type)) == 2 && d.result.rounding != Rounding::nearest)) {
        d.fail("is not known for this type");
    }
    if (d.result.nan && operation != O::min && operation != O::max) {
        d.fail("has a '.NaN' that is not known");
    }
    const bool plain = d.result.rounding == Rounding::nearest && !d.result.flush && !d.result.saturate;
    d.result.run = floating_run(operation, type, plain);
    take_operands(d, type, count);
}

// By the last modifier, which is the type.
bool of_floating(const Decoder &d) {
    const auto type = d.s.modifiers.empty() ? std::nullopt : type_named(d.s.modifiers.back());
    return type && is_floating(*type);
}

template <Operation operation, std::size_t count>
void decode_either(Decoder &d) {
    if (has_carry(d)) {
        decode_with_carry(d);
        return;
    }
    of_floating(d) ? decode_floating(d, operation, count) : decode_integer(d, operation, count);
}

void decode_mul(Decoder &d) {
    if (of_floating(d)) {
        decode_floating(d, O::mul, 2);
        return;
    }
    const std::string_view part = d.take(".lo, .hi or .wide");
    if (part != "lo" && part != "hi" && part != "wide") {
        d.fail("lacks .lo, .hi or .wide");
    }
    decode_integer(d, part == "lo" ? O::mul : part == "hi" ? O::mul_hi : O::mul_wide, 2);
}

void decode_mad(Decoder &d) {
    if (has_carry(d)) {
        decode_with_carry(d);
        return;
    }
    if (of_floating(d)) {
        decode_floating(d, O::fma, 3);
        return;
    }
    const std::string_view part = d.take(".lo, .hi or .wide");
    if (part != "lo" && part != "hi" && part != "wide") {
        d.fail("lacks .lo, .hi or .wide");
    }
    decode_integer(d, part == "lo" ? O::mad : part == "hi" ? O::mad_hi : O::mad_wide, 3);
}

void decode_fma(Decoder &d) {
    decode_floating(d, O::fma, 3);
}

// The approximations are exact here: correctly rounded, which is within their error.
void decode_div(Decoder &d) {
    if (!of_floating(d)) {
        decode_integer(d, O::div, 2);
        return;
    }
    if (d.accept("approx") || d.accept("full")) {
        d.result.mode = 1;
    }
    decode_floating(d, O::div, 2);
}

constexpr DecodeRow rows[] = {
    {"add", decode_either<O::add, 2>},
    {"sub", decode_either<O::sub, 2>},
    {"mul", decode_mul},
    {"mad", decode_mad},
    {"fma", decode_fma},
    {"neg", decode_either<O::neg, 1>},
    {"abs", decode_either<O::abs, 1>},
    {"min", decode_either<O::min, 2>},
    {"max", decode_either<O::max, 2>},
    {"div", decode_div},
    {"addc", decode_with_carry},
    {"subc", decode_with_carry},
    {"madc", decode_with_carry},
    {"rem", decode_either<O::rem, 2>},
};
}  // namespace

DecodeTable arithmetic_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

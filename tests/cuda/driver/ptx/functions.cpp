// Functions of one number: roots, reciprocals, powers and logarithms of 2, and their like.
#include <algorithm>
#include <array>

#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
enum class Kind : std::uint8_t { sqrt, rsqrt, rcp, ex2, lg2, sin, cos, tanh };

template <class T>
T exact(Kind kind, T x) {
    switch (kind) {
        case Kind::sqrt: return std::sqrt(x);
        case Kind::rcp: return T{1} / x;
        default: return x;
    }
}

double in_double(Kind kind, double x) {
    switch (kind) {
        case Kind::sqrt: return std::sqrt(x);
        case Kind::rsqrt: return x == 0 ? std::copysign(std::numeric_limits<double>::infinity(), x) : 1 / std::sqrt(x);
        case Kind::rcp: return 1 / x;
        case Kind::ex2: return std::exp2(x);
        case Kind::lg2: return std::log2(x);
        case Kind::sin: return std::sin(x);
        case Kind::cos: return std::cos(x);
        case Kind::tanh: return std::tanh(x);
    }
    return x;
}

// Rounded by the mode that the instruction names.
template <class T>
void run_exact(Thread &t, const Instruction &i) {
    const T x = i.flush ? flushed(get<T>(t, i.r[1])) : get<T>(t, i.r[1]);
    const auto kind = static_cast<Kind>(i.mode);
    T result;
    if (i.rounding == Rounding::nearest) {
        result = exact(kind, x);
    } else {
        const ScopedRounding scope(i.rounding);
        volatile T moved = x;
        volatile T computed = exact(kind, static_cast<T>(moved));
        result = computed;
    }
    result = canonical(result);
    set<T>(t, i.r[0], i.flush ? flushed(result) : result);
}

// Approximations: in double, rounded to the type.
template <class T>
void run_approximate(Thread &t, const Instruction &i) {
    const T x = i.flush ? flushed(get<T>(t, i.r[1])) : get<T>(t, i.r[1]);
    const T result = narrow<T>(in_double(static_cast<Kind>(i.mode), widen(x)));
    set<T>(t, i.r[0], i.flush ? flushed(result) : result);
}

// Those of float64 have the high half of a result.
template <>
void run_approximate<double>(Thread &t, const Instruction &i) {
    const double x = get<double>(t, i.r[1]);
    const auto bits = std::bit_cast<std::uint64_t>(in_double(static_cast<Kind>(i.mode), x));
    t.r[i.r[0]] = bits & ~std::uint64_t{0xffffffff};
}

template <class T>
void run_approximate_pair(Thread &t, const Instruction &i) {
    auto pair = get<std::array<T, 2>>(t, i.r[1]);
    for (T &x : pair) {
        x = narrow<T>(in_double(static_cast<Kind>(i.mode), widen(i.flush ? flushed(x) : x)));
        x = i.flush ? flushed(x) : x;
    }
    set(t, i.r[0], pair);
}

Instruction::Run approximate_run(Type type) {
    switch (type) {
        case Type::f16: return run_approximate<Half>;
        case Type::bf16: return run_approximate<BFloat>;
        case Type::f16x2: return run_approximate_pair<Half>;
        case Type::bf16x2: return run_approximate_pair<BFloat>;
        case Type::f32: return run_approximate<float>;
        case Type::f64: return run_approximate<double>;
        default: return nullptr;
    }
}

template <Kind kind>
void decode_function(Decoder &d) {
    constexpr bool has_exact = kind == Kind::sqrt || kind == Kind::rcp,
                   has_small = kind == Kind::ex2 || kind == Kind::tanh;
    constexpr bool has_double = has_exact || kind == Kind::rsqrt;
    const bool approximate = d.accept("approx");
    const auto rounding = approximate ? std::nullopt : d.rounding();
    d.result.flush = d.accept("ftz");
    const Type type = d.any_type();
    const bool known = is_floating(type) && (type == Type::f64 ? has_double : type == Type::f32 || has_small);
    if (!known || approximate == rounding.has_value() || (rounding && (!has_exact || size_of(type) < 4))) {
        d.fail("is not known in this form");
    }
    d.result.rounding = rounding.value_or(Rounding::nearest);
    d.result.mode = static_cast<std::uint8_t>(kind);
    d.result.run = approximate ? approximate_run(type) : type == Type::f32 ? run_exact<float> : run_exact<double>;
    d.operands(2);
    d.take_registers(type, 1);
}

void run_copysign(Thread &t, const Instruction &i) {
    const std::uint64_t sign = std::uint64_t{1} << (8 * size_of(i.type) - 1);
    t.r[i.r[0]] = (t.r[i.r[2]] & (sign - 1)) | (t.r[i.r[1]] & sign);
}

// The sign comes first, then the magnitude.
void decode_copysign(Decoder &d) {
    const Type type = d.type({Type::f32, Type::f64});
    d.operands(3);
    d.result.type = type;
    d.result.run = run_copysign;
    d.take_registers(type, 2);
}

template <class T>
bool has_property(std::string_view name, T x) {
    return name == "finite"       ? std::isfinite(x)
           : name == "infinite"   ? std::isinf(x)
           : name == "notanumber" ? std::isnan(x)
           : name == "number"     ? !std::isnan(x)
           : name == "normal"     ? std::isnormal(x)
                                  : std::fpclassify(x) == FP_SUBNORMAL;
}
constexpr std::array<std::string_view, 6> properties = {"finite", "infinite", "notanumber",
                                                        "number", "normal",   "subnormal"};

void run_testp(Thread &t, const Instruction &i) {
    const std::string_view name = properties.at(i.mode);
    t.r[i.r[0]] =
        i.type == Type::f32 ? has_property(name, get<float>(t, i.r[1])) : has_property(name, get<double>(t, i.r[1]));
}

void decode_testp(Decoder &d) {
    const auto *const found = std::ranges::find(properties, d.take("a property"));
    if (found == properties.end()) {
        d.fail("has no property that is known");
    }
    d.result.mode = static_cast<std::uint8_t>(found - properties.begin());
    d.result.type = d.type({Type::f32, Type::f64});
    d.operands(2);
    d.result.run = run_testp;
    d.result.r[0] = d.destination(0, Type::pred);
    d.result.r[1] = d.source(1, d.result.type);
}

constexpr DecodeRow rows[] = {
    {"sqrt", decode_function<Kind::sqrt>}, {"rsqrt", decode_function<Kind::rsqrt>},
    {"rcp", decode_function<Kind::rcp>},   {"ex2", decode_function<Kind::ex2>},
    {"lg2", decode_function<Kind::lg2>},   {"sin", decode_function<Kind::sin>},
    {"cos", decode_function<Kind::cos>},   {"tanh", decode_function<Kind::tanh>},
    {"copysign", decode_copysign},         {"testp", decode_testp},
};
}  // namespace

DecodeTable function_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

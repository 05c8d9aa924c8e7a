#include "arithmetic.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
template <class T>
inline constexpr bool is_small = std::is_same_v<T, Half> || std::is_same_v<T, BFloat>;

// Numbers of 16 bits are computed in double; what is not exact there is rounded to odd, so that one rounding remains.
template <class T>
T sum(T a, T b) {
    if constexpr (is_small<T>) {
        return narrow<T>(odd_sum(widen(a), widen(b)));
    } else {
        return a + b;
    }
}

template <class T>
T product(T a, T b) {
    if constexpr (is_small<T>) {
        return narrow<T>(widen(a) * widen(b));
    } else {
        return a * b;
    }
}

template <class T>
T fused(T a, T b, T c) {
    if constexpr (is_small<T>) {
        return narrow<T>(odd_sum(widen(a) * widen(b), widen(c)));
    } else {
        return std::fma(a, b, c);
    }
}

template <class T>
T with_sign(T value, bool flip, bool clear) {
    using Bits = std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                    std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
    constexpr auto sign = static_cast<Bits>(Bits{1} << (8 * sizeof(T) - 1));
    auto bits = std::bit_cast<Bits>(value);
    bits = static_cast<Bits>(clear ? bits & ~sign : flip ? bits ^ sign : bits);
    return std::bit_cast<T>(bits);
}

template <class T>
T not_a_number() {
    return narrow<T>(std::numeric_limits<double>::quiet_NaN());
}

// NaN beside a number is left out, unless asked for; -0 is below +0.
template <class T>
T extreme(T a, T b, bool least, bool nan) {
    const double x = widen(a), y = widen(b);
    if (std::isnan(x) || std::isnan(y)) {
        return nan || (std::isnan(x) && std::isnan(y)) ? not_a_number<T>() : std::isnan(x) ? b : a;
    }
    const bool below = x == y ? std::signbit(x) : x < y;
    return below == least ? a : b;
}

template <class T, Operation operation>
T apply(T a, T b, T c, bool nan) {
    switch (operation) {
        case Operation::add: return sum(a, b);
        case Operation::sub: return sum(a, with_sign(b, true, false));
        case Operation::mul: return product(a, b);
        case Operation::fma: return fused(a, b, c);
        case Operation::neg: return with_sign(a, true, false);
        case Operation::abs: return with_sign(a, false, true);
        case Operation::min: return extreme(a, b, true, nan);
        case Operation::max: return extreme(a, b, false, nan);
        case Operation::div:
            if constexpr (!is_small<T>) {
                return a / b;
            }
            return a;
        default: return a;
    }
}

template <class T, Operation operation>
inline constexpr int operand_count = operation == Operation::fma                                  ? 3
                                     : operation == Operation::neg || operation == Operation::abs ? 1
                                                                                                  : 2;

template <class T>
T canonical_of(T value) {
    if constexpr (is_small<T>) {
        return value;
    } else {
        return canonical(value);
    }
}

template <class T, Operation operation>
void run_plain(Thread &t, const Instruction &i) {
    constexpr int count = operand_count<T, operation>;
    const T a = get<T>(t, i.r[1]), b = count > 1 ? get<T>(t, i.r[2]) : T{}, c = count > 2 ? get<T>(t, i.r[3]) : T{};
    const T result = apply<T, operation>(a, b, c, i.nan);
    set<T>(t, i.r[0], count == 1 ? result : canonical_of(result));
}

template <class T>
T saturated(T value) {
    const double v = widen(value);
    return std::isnan(v) || v <= 0 ? narrow<T>(0.0) : v >= 1 ? narrow<T>(1.0) : value;
}

template <class T, Operation operation>
T apply_rounded(T a, T b, T c, const Instruction &i) {
    if (i.rounding == Rounding::nearest) {
        return apply<T, operation>(a, b, c, i.nan);
    }
    const ScopedRounding scope(i.rounding);
    volatile T x = a, y = b, z = c;  // the compiler computes nothing before the mode is set
    volatile T result = apply<T, operation>(x, y, z, i.nan);
    return result;
}

template <class T, Operation operation>
T apply_general(T a, T b, T c, const Instruction &i) {
    if (i.flush) {
        a = flushed(a), b = flushed(b), c = flushed(c);
    }
    T result;
    if constexpr (is_small<T>) {
        result = apply<T, operation>(a, b, c, i.nan);
    } else {
        result = apply_rounded<T, operation>(a, b, c, i);
    }
    result = operand_count<T, operation> == 1 ? result : canonical_of(result);
    result = i.flush ? flushed(result) : result;
    return i.saturate ? saturated(result) : result;
}

template <class T, Operation operation>
void run_general(Thread &t, const Instruction &i) {
    constexpr int count = operand_count<T, operation>;
    const T a = get<T>(t, i.r[1]), b = count > 1 ? get<T>(t, i.r[2]) : T{}, c = count > 2 ? get<T>(t, i.r[3]) : T{};
    set<T>(t, i.r[0], apply_general<T, operation>(a, b, c, i));
}

// Two numbers in a register.
template <class T, Operation operation>
void run_pair(Thread &t, const Instruction &i) {
    using Pair = std::array<T, 2>;
    constexpr int count = operand_count<T, operation>;
    const auto a = get<Pair>(t, i.r[1]);
    const auto b = count > 1 ? get<Pair>(t, i.r[2]) : Pair{}, c = count > 2 ? get<Pair>(t, i.r[3]) : Pair{};
    set<Pair>(t, i.r[0],
              {apply_general<T, operation>(a[0], b[0], c[0], i), apply_general<T, operation>(a[1], b[1], c[1], i)});
}

template <Operation operation>
Instruction::Run run_for(Type type, bool plain) {
    switch (type) {
        case Type::f16: return run_general<Half, operation>;
        case Type::bf16: return run_general<BFloat, operation>;
        case Type::f16x2: return run_pair<Half, operation>;
        case Type::bf16x2: return run_pair<BFloat, operation>;
        case Type::f32: return plain ? run_plain<float, operation> : run_general<float, operation>;
        case Type::f64: return plain ? run_plain<double, operation> : run_general<double, operation>;
        default: return nullptr;
    }
}
}  // namespace

Instruction::Run floating_run(Operation operation, Type type, bool plain) {
    switch (operation) {
        case Operation::add: return run_for<Operation::add>(type, plain);
        case Operation::sub: return run_for<Operation::sub>(type, plain);
        case Operation::mul: return run_for<Operation::mul>(type, plain);
        case Operation::fma: return run_for<Operation::fma>(type, plain);
        case Operation::neg: return run_for<Operation::neg>(type, plain);
        case Operation::abs: return run_for<Operation::abs>(type, plain);
        case Operation::min: return run_for<Operation::min>(type, plain);
        case Operation::max: return run_for<Operation::max>(type, plain);
        case Operation::div:
            return size_of(type) >= 4 && element_of(type) == type ? run_for<Operation::div>(type, plain) : nullptr;
        default: return nullptr;
    }
}

}  // namespace axnorm::ptx

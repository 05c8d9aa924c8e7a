#include "arithmetic.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
// Sums wrap around: they are formed without a sign.
template <class T>
using Wrapping = std::conditional_t<sizeof(T) < 4, std::uint32_t, std::make_unsigned_t<T>>;

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

template <class T>
using Double = std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, Int128, UInt128>,
                                  std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

template <class T>
T high(T a, T b) {
    return static_cast<T>((static_cast<Double<T>>(a) * static_cast<Double<T>>(b)) >> (8 * sizeof(T)));
}

template <class T>
T low(T a, T b) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
}

template <class T>
T sum(T a, T b) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
}

template <class T>
T difference(T a, T b) {
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
}

// By zero the quotient has every bit set, and the rest is the dividend; the least number by -1 is itself.
template <class T>
T quotient(T a, T b) {
    if (b == 0) {
        return static_cast<T>(~T{0});
    }
    return std::is_signed_v<T> && b == static_cast<T>(-1) ? difference(T{0}, a) : static_cast<T>(a / b);
}

template <class T>
T rest(T a, T b) {
    if (b == 0) {
        return a;
    }
    return std::is_signed_v<T> && b == static_cast<T>(-1) ? T{0} : static_cast<T>(a % b);
}

template <class T, Operation operation>
T apply(T a, T b, T c) {
    switch (operation) {
        case Operation::add: return sum(a, b);
        case Operation::sub: return difference(a, b);
        case Operation::mul: return low(a, b);
        case Operation::mul_hi: return high(a, b);
        case Operation::mad: return sum(low(a, b), c);
        case Operation::mad_hi: return sum(high(a, b), c);
        case Operation::neg: return difference(T{0}, a);
        case Operation::abs: return a < T{0} ? difference(T{0}, a) : a;
        case Operation::min: return std::min(a, b);
        case Operation::max: return std::max(a, b);
        case Operation::div: return quotient(a, b);
        case Operation::rem: return rest(a, b);
        default: return a;
    }
}

template <class T, Operation operation>
void run_integer(Thread &t, const Instruction &i) {
    constexpr bool unary = operation == Operation::neg || operation == Operation::abs;
    constexpr bool ternary = operation == Operation::mad || operation == Operation::mad_hi;
    const T a = get<T>(t, i.r[1]), b = unary ? T{} : get<T>(t, i.r[2]), c = ternary ? get<T>(t, i.r[3]) : T{};
    set<T>(t, i.r[0], apply<T, operation>(a, b, c));
}

template <class T, bool adds>
void run_wide(Thread &t, const Instruction &i) {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const auto product = static_cast<std::uint64_t>(Wide{get<T>(t, i.r[1])} * Wide{get<T>(t, i.r[2])});
    const std::uint64_t result = product + (adds ? t.r[i.r[3]] : 0);
    t.r[i.r[0]] = sizeof(T) == 4 ? result : result & 0xffffffffU;
}

template <class T>
Instruction::Run run_for(Operation operation) {
    switch (operation) {
        case Operation::add: return run_integer<T, Operation::add>;
        case Operation::sub: return run_integer<T, Operation::sub>;
        case Operation::mul: return run_integer<T, Operation::mul>;
        case Operation::mul_hi: return run_integer<T, Operation::mul_hi>;
        case Operation::mad: return run_integer<T, Operation::mad>;
        case Operation::mad_hi: return run_integer<T, Operation::mad_hi>;
        case Operation::mul_wide: return sizeof(T) == 8 ? nullptr : run_wide<T, false>;
        case Operation::mad_wide: return sizeof(T) == 8 ? nullptr : run_wide<T, true>;
        case Operation::neg: return run_integer<T, Operation::neg>;
        case Operation::abs: return run_integer<T, Operation::abs>;
        case Operation::min: return run_integer<T, Operation::min>;
        case Operation::max: return run_integer<T, Operation::max>;
        case Operation::div: return run_integer<T, Operation::div>;
        case Operation::rem: return run_integer<T, Operation::rem>;
        case Operation::fma: return nullptr;
    }
    return nullptr;
}
}  // namespace

Instruction::Run integer_run(Operation operation, Type type) {
    switch (type) {
        case Type::u16: return run_for<std::uint16_t>(operation);
        case Type::s16: return run_for<std::int16_t>(operation);
        case Type::u32: return run_for<std::uint32_t>(operation);
        case Type::s32: return run_for<std::int32_t>(operation);
        case Type::u64: return run_for<std::uint64_t>(operation);
        case Type::s64: return run_for<std::int64_t>(operation);
        default: return nullptr;
    }
}

}  // namespace axnorm::ptx

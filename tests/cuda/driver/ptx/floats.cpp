#include "floats.h"

#include <cfenv>

namespace axnorm::ptx {

namespace {
double decode_small(std::uint32_t bits, const Format &format) {
    const int mantissa_bits = format.mantissa_bits, bias = (1 << (format.exponent_bits - 1)) - 1;
    const auto mantissa = static_cast<int>(bits & ((1U << mantissa_bits) - 1));
    const auto exponent = static_cast<int>((bits >> mantissa_bits) & ((1U << format.exponent_bits) - 1));
    const bool negative = (bits >> 15) != 0;
    double value = 0;
    if (exponent == (1 << format.exponent_bits) - 1) {
        value = mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    } else if (exponent == 0) {
        value = std::ldexp(mantissa, 1 - bias - mantissa_bits);
    } else {
        value = std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
    }
    return negative ? -value : value;
}

bool rounds_away(bool negative, bool odd, std::uint64_t rest, std::uint64_t halfway, Rounding rounding) {
    switch (rounding) {
        case Rounding::nearest: return rest > halfway || (rest == halfway && odd);
        case Rounding::zero: return false;
        case Rounding::down: return negative && rest != 0;
        case Rounding::up: return !negative && rest != 0;
    }
    return false;
}
}  // namespace

double widen(Half value) {
    return decode_small(value.bits, half_format);
}

double widen(BFloat value) {
    return std::bit_cast<float>(std::uint32_t{value.bits} << 16);
}

std::uint64_t encode(bool negative, std::uint64_t significand, int exponent, const Format &format, Rounding rounding) {
    const int bias = (1 << (format.exponent_bits - 1)) - 1;
    const std::uint64_t sign = std::uint64_t{negative} << (format.mantissa_bits + format.exponent_bits);
    if (significand == 0) {
        return sign;
    }
    const int zeros = std::countl_zero(significand);
    significand <<= zeros;
    const int leading = exponent - zeros + 63;  // the exponent of the first bit
    const bool normal = leading >= 1 - bias;
    const int dropped = 63 - format.mantissa_bits + (normal ? 0 : 1 - bias - leading);
    std::uint64_t kept = 0, rest = 1, halfway = 2;
    if (dropped < 64) {
        kept = significand >> dropped;
        rest = significand & ((std::uint64_t{1} << dropped) - 1);
        halfway = std::uint64_t{1} << (dropped - 1);
    } else if (dropped == 64) {
        rest = significand;
        halfway = std::uint64_t{1} << 63;
    }
    kept += rounds_away(negative, (kept & 1) != 0, rest, halfway, rounding);
    // The first bit of `kept` is one of the exponent, and so is a carry.
    const std::uint64_t infinity = ((std::uint64_t{1} << format.exponent_bits) - 1) << format.mantissa_bits;
    if (leading > bias) {
        kept = infinity;
    } else if (normal) {
        kept += static_cast<std::uint64_t>(leading + bias - 1) << format.mantissa_bits;
    }
    if (kept >= infinity) {
        const bool finite = rounding == Rounding::zero || rounding == (negative ? Rounding::up : Rounding::down);
        kept = infinity - finite;
    }
    return sign | kept;
}

std::uint64_t encode(double value, const Format &format, Rounding rounding) {
    const std::uint64_t all = (std::uint64_t{1} << (format.mantissa_bits + format.exponent_bits)) - 1;
    if (std::isnan(value)) {
        return all;
    }
    const bool negative = std::signbit(value);
    if (std::isinf(value)) {
        const std::uint64_t mantissa = (std::uint64_t{1} << format.mantissa_bits) - 1;
        return (all ^ mantissa) | (negative ? all + 1 : 0);
    }
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto biased = static_cast<int>((bits >> 52) & 0x7ff);
    const std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
    const std::uint64_t significand = biased == 0 ? mantissa : mantissa | (std::uint64_t{1} << 52);
    return encode(negative, significand, (biased == 0 ? 1 : biased) - 1075, format, rounding);
}

template <>
Half narrow<Half>(double value, Rounding rounding) {
    return {static_cast<std::uint16_t>(encode(value, half_format, rounding))};
}

template <>
BFloat narrow<BFloat>(double value, Rounding rounding) {
    return {static_cast<std::uint16_t>(encode(value, bfloat_format, rounding))};
}

template <>
float narrow<float>(double value, Rounding rounding) {
    return rounding == Rounding::nearest
               ? canonical(static_cast<float>(value))
               : std::bit_cast<float>(static_cast<std::uint32_t>(encode(value, single_format, rounding)));
}

double odd_sum(double a, double b) {
    const double sum = a + b;
    if (!std::isfinite(sum)) {
        return sum;
    }
    const double from_b = sum - a, from_a = sum - from_b;
    const double rest = (a - from_a) + (b - from_b);
    if (rest == 0 || (std::bit_cast<std::uint64_t>(sum) & 1) != 0) {
        return sum;
    }
    const double infinity = std::numeric_limits<double>::infinity();
    return std::nextafter(sum, rest > 0 ? infinity : -infinity);
}

double round_integral(double value, Rounding rounding) {
    switch (rounding) {
        case Rounding::nearest: return std::nearbyint(value);
        case Rounding::zero: return std::trunc(value);
        case Rounding::down: return std::floor(value);
        case Rounding::up: return std::ceil(value);
    }
    return value;
}

ScopedRounding::ScopedRounding(Rounding rounding) : before_(std::fegetround()) {
    constexpr int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    std::fesetround(modes[static_cast<std::size_t>(rounding)]);
}

ScopedRounding::~ScopedRounding() {
    std::fesetround(before_);
}

}  // namespace axnorm::ptx

#include "conversion.h"

namespace axnorm::codegen {

using namespace Halide;

namespace {

Expr bits_of(const Expr &value) {
    return reinterpret<std::uint32_t>(value);
}

Expr float_of(const Expr &bits) {
    return reinterpret<float>(bits);
}

Expr u32(std::uint32_t value) {
    return Expr(value);
}

// The upper half of an integer. Shifted with its sign it is a 16-bit one whatever it holds, which SSE2 packs at once.
Expr upper_half(const Expr &bits) {
    return reinterpret<std::uint16_t>(cast<std::int16_t>(reinterpret<std::int32_t>(bits) >> 16));
}

Expr from_bfloat16(const Expr &stored) {
    return float_of(cast<std::uint32_t>(stored) << 16);
}

// The fields move to their places in a float, where the exponent's bias is larger by 112; for infinity and NaN twice as
// much. Subnormal ones are the fraction of a float of exponent -14 then, less that exponent's 1: no float here is
// subnormal itself, which a CPU may be set to take for 0.
Expr from_float16(const Expr &stored) {
    const Expr half = cast<std::uint32_t>(stored), magnitude = (half & u32(0x7fff)) << 13;
    const Expr exponent = magnitude & u32(0x0f800000);
    const Expr normal = magnitude + u32(0x38000000), special = magnitude + u32(0x70000000);
    const Expr subnormal = bits_of(float_of(magnitude + u32(0x38800000)) - float_of(u32(0x38800000)));
    const Expr value = select(exponent == u32(0x0f800000), special, exponent == u32(0), subnormal, normal);
    return float_of(value | ((half & u32(0x8000)) << 16));
}

// Half of the last place is added, less one bit where the place is even already: a carry goes into the exponent, and
// from the largest number to infinity. To NaN nothing is added: a result of arithmetic is a quiet one, so that its
// upper half is NaN, too.
Expr to_bfloat16(const Expr &value) {
    const Expr bits = bits_of(value), half = u32(0x7fff) + ((bits >> 16) & u32(1));
    return upper_half(bits + select(is_nan(value), u32(0), half));
}

// As bfloat16, with 112 taken from the exponent's bias. Subnormal results are rounded by adding 0.5, whose last place
// is theirs.
Expr to_float16(const Expr &value) {
    const Expr bits = bits_of(value), magnitude = bits & u32(0x7fffffff), absolute = float_of(magnitude);
    const Expr normal = (magnitude + u32(0xc8000fff) + ((magnitude >> 13) & u32(1))) >> 13;
    const Expr subnormal = bits_of(absolute + 0.5f) - u32(0x3f000000);
    const Expr nan = ((magnitude >> 13) & u32(0x3ff)) | u32(0x7e00);
    const Expr finite = select(absolute < 0x1p-14f, subnormal, normal);
    const Expr half = select(is_nan(value), nan, select(absolute < 0x1p16f, finite, u32(0x7c00)));
    return upper_half((half << 16) | (bits & u32(0x80000000)));
}

}  // namespace

std::map<std::string, DType> dtypes_by_name() {
    return {{"float32", DType::float32},
            {"float64", DType::float64},
            {"float16", DType::float16},
            {"bfloat16", DType::bfloat16}};
}

Expr float_for_rounding(const Expr &value) {
    if (value.type().bits() == 32) {
        return value;
    }
    const Expr nearest = cast<float>(value), lost = value - cast<double>(nearest), bits = bits_of(nearest);
    const Expr away_from_zero = (lost > 0) == (value > 0);
    const Expr odd = select(away_from_zero, bits + u32(1), bits - u32(1));
    return float_of(select((lost > 0 || lost < 0) && (bits & u32(1)) == u32(0), odd, bits));
}

Type Conversion::computed() const {
    return stored(statistics_dtype(dtypes.x));
}

Type Conversion::stored(DType dtype) {
    switch (dtype) {
        case DType::float32: return Float(32);
        case DType::float64: return Float(64);
        case DType::float16:
        case DType::bfloat16: return UInt(16);
    }
    return {};
}

Expr Conversion::load(const Expr &x) const {
    if (dtypes.x == DType::bfloat16) {
        return from_bfloat16(x);
    }
    if (dtypes.x == DType::float16) {
        return has_f16c ? cast<float>(reinterpret(Float(16), x)) : from_float16(x);
    }
    return x;
}

Expr Conversion::store(const Expr &value) const {
    if (dtypes.y == DType::bfloat16) {
        return to_bfloat16(float_for_rounding(value));
    }
    if (dtypes.y == DType::float16) {
        const Expr rounded = float_for_rounding(value);
        return has_f16c ? reinterpret(UInt(16), cast(Float(16), rounded)) : to_float16(rounded);
    }
    return cast(stored(dtypes.y), value);
}

}  // namespace axnorm::codegen

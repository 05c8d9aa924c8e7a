#include "values.h"

#include "packed_words.h"

namespace axnorm::codegen {

using namespace Halide;

namespace {

bool has_halves(const Func &stage) {
    return stage.types()[0] == UInt(32);
}

}  // namespace

Conversion conversion_of(const DeviceTensor &tensor, const DeviceOperands &op) {
    return {{tensor.dtype, tensor.dtype}, op.has_f16};
}

Conversion conversion_to_y(const DeviceOperands &op) {
    return {{op.x_tensor.dtype, op.y_tensor.dtype}, op.has_f16};
}

Expr unpacked(const DeviceTensor &tensor, const Expr &word, const Expr &i, const DeviceOperands &op) {
    if (!tensor.packed) {
        return conversion_of(tensor, op).load(word);
    }
    const Expr stored = cast<std::uint16_t>(select(i % 2 == 0, word, word >> 16));
    const bool converts = op.has_f16 && tensor.dtype == DType::float16;
    return converts ? float_of_float16(stored) : conversion_of(tensor, op).load(stored);
}

Expr packed(const Expr &even, const Expr &odd, const DeviceOperands &op) {
    if (op.has_f16) {
        const Expr low = float_for_rounding(even), high = float_for_rounding(odd);
        return op.y_tensor.dtype == DType::float16 ? float16_word(low, high) : bfloat16_word(low, high);
    }
    const auto stored = [&](const Expr &value) { return cast<std::uint32_t>(conversion_to_y(op).store(value)); };
    return stored(even) | (stored(odd) << 16);
}

Exprs exchangeable(const Exprs &values) {
    Exprs words;
    for (const Expr &value : values) {
        if (value.type().bits() == 32) {
            words.push_back(value);
            continue;
        }
        const Expr bits = reinterpret<std::uint64_t>(value);
        words.push_back(cast<std::uint32_t>(bits));
        words.push_back(cast<std::uint32_t>(bits >> 32));
    }
    return words;
}

int exchanged_count(const Func &stage) {
    return static_cast<int>(stage.outputs()) / (has_halves(stage) ? 2 : 1);
}

Expr exchanged(const Func &stage, const Exprs &at, int i) {
    if (!has_halves(stage)) {
        return value_of(stage, at, i);
    }
    const Expr low = cast<std::uint64_t>(value_of(stage, at, 2 * i));
    return reinterpret<double>(low | (cast<std::uint64_t>(value_of(stage, at, 2 * i + 1)) << 32));
}

}  // namespace axnorm::codegen

#include "packed_words.h"

#include <cstdint>
#include <string>

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr const char *float16_name = "axnorm_float16_word", *bfloat16_name = "axnorm_bfloat16_word";

Expr word(const char *name, const Expr &even, const Expr &odd) {
    return Call::make(UInt(32), name, {even, odd}, Call::PureExtern);
}

Expr like(const Expr &value, std::uint32_t bits) {
    return make_const(UInt(32, value.type().lanes()), bits);
}

// Half of the last place is added, less one bit where the place is even already, as in conversion.cpp. The upper half
// is the result, for all but NaN.
Expr rounded(const Expr &value) {
    const Expr bits = reinterpret(UInt(32, value.type().lanes()), value);
    return bits + (((bits >> like(value, 16)) & like(value, 1)) + like(value, 0x7fff));
}

Expr rounded_or_nan(const Expr &value) {
    return select(is_nan(value), like(value, 0x7fff0000), rounded(value));
}

Expr upper_halves(const Expr &even, const Expr &odd) {
    return Call::make(even.type(), "llvm.nvvm.prmt", {even, odd, like(even, 0x7632)}, Call::PureExtern);
}

Expr any_is_nan(const Expr &even, const Expr &odd) {
    Expr any = const_false();
    for (int i = 0; i < even.type().lanes(); ++i) {
        any = any || is_nan(Shuffle::make_extract_element(even, i)) || is_nan(Shuffle::make_extract_element(odd, i));
    }
    return any;
}

// NaN is looked for in all words together, where two elements take an instruction, and found in hardly any: a branch
// costs less than two instructions for each element.
Expr bfloat16_words(const Expr &even, const Expr &odd) {
    const std::string even_name = unique_name("even"), odd_name = unique_name("odd");
    const Expr e = Variable::make(even.type(), even_name), o = Variable::make(odd.type(), odd_name);
    const Expr numbers = upper_halves(rounded(e), rounded(o));
    const Expr all = upper_halves(rounded_or_nan(e), rounded_or_nan(o));
    const Expr words =
        Call::make(numbers.type(), Call::if_then_else, {any_is_nan(e, o), all, numbers}, Call::PureIntrinsic);
    return Let::make(even_name, even, Let::make(odd_name, odd, words));
}

Expr float16_words(const Expr &even, const Expr &odd) {
    const int lanes = even.type().lanes();
    return reinterpret(UInt(32, lanes), cast(Float(16, 2 * lanes), Shuffle::make_interleave({even, odd})));
}

}  // namespace

Expr float16_word(const Expr &even, const Expr &odd) {
    return word(float16_name, even, odd);
}

Expr bfloat16_word(const Expr &even, const Expr &odd) {
    return word(bfloat16_name, even, odd);
}

Expr float_of_float16(const Expr &stored) {
    return Call::make(Float(32), "llvm.convert.from.fp16.f32", {stored}, Call::PureExtern);
}

Expr PackedWords::visit(const Call *call) {
    if (call->name != float16_name && call->name != bfloat16_name) {
        return IRMutator::visit(call);
    }
    const Expr even = mutate(call->args[0]), odd = mutate(call->args[1]);
    return call->name == float16_name ? float16_words(even, odd) : bfloat16_words(even, odd);
}

}  // namespace axnorm::codegen

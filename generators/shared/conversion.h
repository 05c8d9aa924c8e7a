// How elements are read and written: computed is in float, or double where x is that, and rounded once.
//
// Halide's own conversions lose NaN (float 0x7fffffff becomes -0 in bfloat16), and on x86-64 without F16C those of
// float16 are scalar. So 16 bits are an integer to Halide, and what becomes of them is written here: to nearest even,
// and NaN stays NaN, with the leading bits of its payload, on every instruction set alike. Where kernels for GPUs write
// words of two elements, packed_words.h has CUDA's way.
#pragma once

#include <map>
#include <string>

#include "Halide.h"
#include "axnorm/dtype.h"

namespace axnorm::codegen {

// For parameters of generators.
std::map<std::string, DType> dtypes_by_name();

// A float of a double, from which rounding to 16 bits gives what rounding the double does: where it is not exact its
// last bit is 1 ("rounding to odd"), so that it never looks like the middle between two numbers.
Halide::Expr float_for_rounding(const Halide::Expr &value);

struct Conversion {
    DTypePair dtypes;
    bool has_f16c;  // the target converts float16 itself

    Halide::Type computed() const;
    static Halide::Type stored(DType dtype);

    Halide::Expr load(const Halide::Expr &x) const;
    Halide::Expr store(const Halide::Expr &value) const;
};

}  // namespace axnorm::codegen

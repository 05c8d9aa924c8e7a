// The calls that a program makes, for scripts/tune: AXNORM_RECORD=calls.json in its environment. A line for each call
// that differs from the ones before, an object of JSON; calls that are refused, and those without elements, have none:
//
//     {"pattern": "b c -> b", "params": "c", "shape": [64, 768], "statistic": "mean_var", "dtype": "float32",
//     "threads": 1}
//
// with "strides" where x is not dense as its shape says, "lengths" {"g": 32} where some were given, and "device" but
// for the CPU.
#pragma once

#include <span>

#include "axnorm/normalize.h"
#include "runtime/language/operands.h"

namespace axnorm {

// Whether the environment asks for it.
bool calls_are_recorded();

// Appends the call to the file, once. It may run on several threads, and several programs may append to one file.
// Throws Error where the file cannot be written.
void record_call(const Pattern &pattern, const Operands &operands, const Options &options,
                 std::span<const NamedLength> lengths);

}  // namespace axnorm

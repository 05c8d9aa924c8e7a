// Arithmetic on two or three numbers: which function executes an operation on a type.
#pragma once

#include "program.h"

namespace axnorm::ptx {

class Decoder;

enum class Operation : std::uint8_t {
    add,
    sub,
    mul,
    mul_hi,
    mul_wide,
    mad,
    mad_hi,
    mad_wide,
    fma,
    neg,
    abs,
    min,
    max,
    div,
    rem
};

// Null where there is none. With `plain` results are rounded to nearest and subnormal numbers stay.
Instruction::Run integer_run(Operation operation, Type type);
Instruction::Run floating_run(Operation operation, Type type, bool plain);

// "add.cc" leaves a carry, "addc" takes one; so do sub and mad.
bool has_carry(const Decoder &d);
void decode_with_carry(Decoder &d);

}  // namespace axnorm::ptx

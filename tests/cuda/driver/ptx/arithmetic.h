// Arithmetic on two or three numbers: which function executes an operation on a type.
#pragma once

#include "program.h"

namespace axnorm::ptx {

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

}  // namespace axnorm::ptx

// Declarations that modules and functions share: variables and lists of parameters.
#pragma once

#include <memory>

#include "cursor.h"
#include "program.h"

namespace axnorm::ptx {

// From after ".shared" and its like to the end of the statement; ".shared .align 4 .b8 name[16];", and several names.
std::vector<std::unique_ptr<Variable>> parse_variables(Cursor &cursor, Space space, bool is_extern);

// "( .param .u64 .ptr .align 1 name, .param .align 8 .b8 other[16] )", if there is one; `bytes` grows.
std::vector<Parameter> parse_parameters(Cursor &cursor, std::uint32_t &bytes);
// From after ".param" on: one of them.
Parameter parse_parameter(Cursor &cursor, std::uint32_t &bytes);

}  // namespace axnorm::ptx

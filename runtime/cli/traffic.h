// The bytes that a call moves: a part of `axnorm explain`.
#pragma once

#include <string>

#include "runtime/language/layout.h"

namespace axnorm::cli {

std::string traffic(const Operands &operands);

}  // namespace axnorm::cli

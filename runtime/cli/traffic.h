// The bytes that a call moves: a part of `axnorm explain`.
#pragma once

#include <string>

#include "axnorm/layout.h"

namespace axnorm::cli {

std::string traffic(const Operands &operands);

}  // namespace axnorm::cli

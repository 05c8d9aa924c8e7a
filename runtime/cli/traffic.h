// The bytes that a call moves: a part of `axnorm explain`.
#pragma once

#include "plain_text.h"
#include "runtime/language/layout.h"

namespace axnorm::cli {

Table traffic(const Operands &operands);

}  // namespace axnorm::cli

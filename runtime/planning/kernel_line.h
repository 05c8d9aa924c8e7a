// What a call without a kernel needs: the line to add, as axnorm_add_library() takes it.
//
//     KERNEL "b h w c -> c" PARAMS "c" STATISTIC rms DTYPES bfloat16
#pragma once

#include <span>
#include <string>

#include "runtime/language/layout.h"
#include "runtime/language/refusal.h"

namespace axnorm {

// The line that a library needs to serve the call, whatever is linked. It begins with CANONICAL where no kernel of the
// pattern itself would serve it, or `canonical` asks for that. The layout is that of the call.
std::string kernel_line(const Pattern &pattern, const Layout &layout, const Operands &operands,
                        std::span<const NamedLength> lengths, bool canonical);

// As with_context(), and the line as the end where a kernel would have been all that was missing.
Error refused_call(const Refusal &refusal, const Pattern &pattern, const Operands &operands,
                   std::span<const NamedLength> lengths, bool canonical);

}  // namespace axnorm

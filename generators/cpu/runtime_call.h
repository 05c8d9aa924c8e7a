// Calls of axnorm's runtime in kernels, with the call's context first (runtime/planning/kernel_context.h).
#pragma once

#include <string>

#include "Halide.h"
#include "generators/shared/expressions.h"

namespace axnorm::codegen {

inline Halide::Expr call_of_runtime(const Halide::Type &type, const std::string &function, Exprs arguments) {
    using namespace Halide::Internal;
    arguments.insert(arguments.begin(), Variable::make(Halide::Handle(), "__user_context"));
    return Call::make(type, function, arguments, Call::Extern);
}

inline Halide::Expr pointer_to(const std::string &buffer) {
    return Halide::Internal::Variable::make(Halide::Handle(), buffer);
}

}  // namespace axnorm::codegen

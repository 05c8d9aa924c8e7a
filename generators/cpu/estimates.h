// What Halide's autoschedulers ask for: about how large a call is. Kernels run at any size, whatever they were told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "axnorm/signature.h"
#include "generators/shared/operands.h"

namespace axnorm::codegen {

// "768,4096": the extents of the letters' groups, reduced ones before kept ones, innermost first. Throws
// std::invalid_argument where it is written wrong.
std::vector<std::int32_t> parse_estimates(const std::string &text, const Letters &letters);

// Of all inputs and outputs: a call that has all tensors, sums up whole groups and does not stream.
void set_estimates(const GeneratorOperands &operands, const Letters &letters, const KernelForm &form,
                   const std::vector<std::int32_t> &extents);

}  // namespace axnorm::codegen

// Which kernel a call runs, where there are these, by the thresholds in use.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "problem.h"

namespace axnorm::measure {

// The index of the kernel; of equal ones the first. Throws Failure where no kernel serves the call.
std::size_t chosen(const Layout &layout, const Operands &operands, std::span<const Kernel> kernels);

// The same by the words of kernels alone, of which nothing is loaded. Throws Error where the call is refused anyway.
std::size_t chosen(const ProblemRequest &request, const std::vector<std::string> &lines);

}  // namespace axnorm::measure

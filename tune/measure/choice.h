// Which kernel a call runs, where there are these: by their words alone, nothing of them is loaded.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "problem.h"

namespace axnorm::measure {

// The index of the line of words; of equal ones the first. Throws Failure where no kernel serves the call, and Error
// where the call is refused anyway.
std::size_t chosen(const ProblemRequest &request, const std::vector<std::string> &lines);

}  // namespace axnorm::measure

// What a library holds, as words for the generator: what CMake runs for each function.
#pragma once

#include <string>

#include "resolve.h"

namespace axnorm::build {

// A line of words name=value. `generator`, `function` and `emit` are what GenGen's flags -g, -f and -e say, `files` are
// what it writes then, and all others are parameters, which go to the generator as they are. `more_features` end each
// target of the CPU, as "-asan".
std::string command_text(const Function &function, const std::string &more_features);

}  // namespace axnorm::build

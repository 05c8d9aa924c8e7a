// What Halide's code reports when it fails: kept, where Halide's own handler aborts the process. The first 1023
// letters.
#pragma once

#include <string>

namespace axnorm {

// Has Halide's code report here. To be called before a kernel runs.
void install_error_handler();

// What was reported last, on any thread.
std::string halide_message();

}  // namespace axnorm

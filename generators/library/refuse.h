// How a list of kernels is refused: main() prints the message, and CMake stops with it.
#pragma once

#include <stdexcept>
#include <string>

namespace axnorm::build {

[[noreturn]] inline void refuse(const std::string &message) {
    throw std::runtime_error(message);
}

}  // namespace axnorm::build

#include <cstddef>

#include "axnorm/kernel.h"

namespace axnorm {

// Made by CMake from cmake/default_kernels.cmake.
extern const Kernel default_kernels_table[];
extern const std::size_t default_kernels_size;

std::span<const Kernel> kernels() {
    return {default_kernels_table, default_kernels_size};
}

}  // namespace axnorm

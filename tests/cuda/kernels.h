// Kernels written by hand, with PTX and host code as Halide makes them: library "hand_norms". Those of float32 multiply
// a row by eps and scale, and write the numbers of rows as rstd, or add up columns (split_kernel.h); the others only
// keep what they were given.
#pragma once

#include <HalideRuntime.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "axnorm/axnorm.h"

namespace axnorm::test {

// A buffer that a kernel was given.
struct SeenBuffer {
    std::uint64_t device = 0, host = 0;
    halide_type_t type;
    std::vector<int> extents, strides;
};

// A call that a kernel was given.
struct Seen {
    std::string kernel;
    bool has_scale = false, has_shift = false, has_mean = false, has_rstd = false;
    double eps = 0;
    std::vector<SeenBuffer> buffers;  // in the order of the arguments
};

// What kernels were given on this thread since it was last cleared.
std::vector<Seen> &seen();

// Dynamic shared memory that the kernels of float32 for rows up to a length ask for in the calls to come.
extern std::atomic<int> shared_bytes;

extern const Library hand_norms;

// A view of device memory.
inline ConstTensorView on_device(void *data, const Extents &shape, int device = 0, DType dtype = DType::float32) {
    return {static_cast<const void *>(data), dtype, shape, {}, Device::cuda, device};
}
inline TensorView out_on_device(void *data, const Extents &shape, int device = 0, DType dtype = DType::float32) {
    return {data, dtype, shape, {}, Device::cuda, device};
}

}  // namespace axnorm::test

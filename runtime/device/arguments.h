// The tensors of a call on a device, as its kernel is given them.
//
// Kernels of devices (generators/device_generator.cpp) take, in this order: user_context, x, scale, shift, has_scale,
// has_shift, eps (a double); for Statistic::given the statistics, mean and rstd, has_mean, and y; for others has_mean,
// where the statistic has one, has_rstd, y, mean and rstd. Dimensions are the kernel's letters: reduced before kept,
// innermost first; of mean and rstd that are written, the kept ones behind two of extent 1. Where tensors are packed
// the innermost dimension has words of two elements.
#pragma once

#include <HalideRuntime.h>

#include <array>

#include "runtime/planning/slice.h"

namespace axnorm {

// What a kernel is given of the memory that begins `offset` bytes behind `data`. Of a tensor that is absent, `data`
// being null, it is not followed; but where both pointers of a buffer are null, Halide takes a call for a query of its
// bounds.
using DeviceAddress = std::uint64_t (*)(const void *data, std::int64_t offset);

class DeviceBuffers {
  public:
    // Refers to all its arguments.
    DeviceBuffers(const Slice &slice, const Operands &operands, const double &eps, void *const &user_context,
                  const halide_device_interface_t *device_interface, DeviceAddress address);
    DeviceBuffers(const DeviceBuffers &) = delete;
    DeviceBuffers &operator=(const DeviceBuffers &) = delete;

    // For Kernel::function.
    void **arguments() { return arguments_.data(); }

  private:
    struct Buffer {
        halide_buffer_t buffer;
        std::array<halide_dimension_t, 2 * Letters::max_groups> dimensions;

        void add(std::int64_t extent, std::int64_t stride);
    };

    void describe(const Slice &slice, const Operands &operands, Role role);

    const halide_device_interface_t *device_interface_;
    DeviceAddress address_;
    std::array<Buffer, role_count> buffers_;
    std::array<void *, 12> arguments_;
    bool has_scale_, has_shift_, has_mean_, has_rstd_;
};

}  // namespace axnorm

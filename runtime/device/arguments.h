// The tensors of a call on a device, as its kernel is given them.
//
// Dimensions are the kernel's letters: reduced before kept, innermost first; of mean and rstd that are written, the
// kept ones behind two of extent 1. Where tensors are packed the innermost dimension has words of two elements.
#pragma once

#include <HalideRuntime.h>

#include <array>

#include "runtime/halide/argument_array.h"
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
    void **arguments() { return arguments_.all(); }

  private:
    const halide_buffer_t *describe(const Slice &slice, const Operands &operands, const ArgumentRow &row);

    const halide_device_interface_t *device_interface_;
    DeviceAddress address_;
    std::array<Buffer, argument_count> buffers_;
    std::array<bool, role_count> present_;
    ArgumentArray arguments_;
};

}  // namespace axnorm

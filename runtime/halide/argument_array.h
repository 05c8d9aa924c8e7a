// The arguments of a kernel, as the table of operands has them (runtime/language/operand_table.h): what calls on the
// CPU and on devices have in common.
#pragma once

#include <HalideRuntime.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/language/operand_table.h"

namespace axnorm {

// The memory of a tensor as a kernel sees it.
struct Buffer {
    halide_buffer_t buffer;
    union {  // makes nothing: zeroes that add() overwrites took 80 of 580 ns of a call
        std::array<halide_dimension_t, 2 * Letters::max_groups> dimensions;
    };

    Buffer() {}  // NOLINT(modernize-use-equals-default,cppcoreguidelines-pro-type-member-init)

    // A tensor without dimensions yet.
    void begin(const void *host, halide_type_t type) {
        buffer.device = 0;
        buffer.device_interface = nullptr;
        buffer.host = static_cast<std::uint8_t *>(const_cast<void *>(host));
        buffer.flags = 0;
        buffer.type = type;
        buffer.dimensions = 0;
        buffer.dim = dimensions.data();
        buffer.padding = nullptr;
    }
    // Slices fit (runtime/planning/slice.h): extents do, and so does a stride times any index. Of the stride of a
    // single index nothing is asked: whatever is left of it is multiplied by 0.
    void add(std::int64_t extent, std::int64_t stride) {
        std::construct_at(buffer.dim + buffer.dimensions++, 0, static_cast<std::int32_t>(extent),
                          static_cast<std::int32_t>(stride), 0);
    }
};

// For Kernel::function: user_context, then the arguments of a kernel in their order.
class ArgumentArray {
  public:
    explicit ArgumentArray(void *const &user_context) { add(&user_context); }
    void add(const void *argument) { all_[count_++] = const_cast<void *>(argument); }
    void **all() { return all_.data(); }

  private:
    std::array<void *, argument_count + 1> all_;
    std::size_t count_ = 0;
};

}  // namespace axnorm

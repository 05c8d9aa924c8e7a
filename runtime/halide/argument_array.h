// The arguments of a kernel, as the table of operands has them (runtime/language/operand_table.h): what calls on the
// CPU and on devices have in common.
#pragma once

#include <HalideRuntime.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/language/operand_table.h"

namespace axnorm {

// The memory of a tensor as a kernel sees it.
struct Buffer {
    halide_buffer_t buffer;
    std::array<halide_dimension_t, 2 * Letters::max_groups> dimensions;

    void begin(const void *host, halide_type_t type) {
        buffer = {};
        buffer.host = static_cast<std::uint8_t *>(const_cast<void *>(host));
        buffer.type = type;
        buffer.dim = dimensions.data();
    }
    void add(std::int64_t extent, std::int64_t stride) {
        dimensions[static_cast<std::size_t>(buffer.dimensions++)] = {0, static_cast<std::int32_t>(extent),
                                                                     static_cast<std::int32_t>(stride), 0};
    }
};

// Where each argument is, and then those that a kernel has in a row.
class ArgumentArray {
  public:
    void set(Argument argument, const void *value) { places_[argument] = const_cast<void *>(value); }

    // For Kernel::function: user_context, then the arguments of the set.
    void **collect(void *const &user_context, ArgumentSet set) {
        std::size_t count = 0;
        all_[count++] = const_cast<void **>(&user_context);
        for (; set != 0; set &= set - 1) {
            all_[count++] = places_[static_cast<std::size_t>(std::countr_zero(set))];
        }
        return all_.data();
    }

  private:
    std::array<void *, argument_count> places_;
    std::array<void *, argument_count + 1> all_;
};

constexpr bool contains(ArgumentSet set, Argument argument) {
    return (set >> argument & 1) != 0;
}

}  // namespace axnorm

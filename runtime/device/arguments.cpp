#include "arguments.h"

#include <algorithm>

#include "runtime/halide/stored_type.h"

namespace axnorm {

using detail::at;

namespace {

// Kernels divide by all of them but the outermost one: that one is 0 where a statistic group has no elements.
std::int64_t reduced_extent(const Slice &slice, int i) {
    const Kernel &kernel = *slice.plan.kernel;
    const int count = kernel.letters.reduced_count;
    if (std::all_of(slice.reduced.begin(), slice.reduced.begin() + count, [](auto extent) { return extent > 0; })) {
        return at(slice.reduced, i);
    }
    const std::int64_t least = i == 0 && kernel.aligned ? kernel.vector_length() : 1;
    return i + 1 == count ? 0 : least;
}

}  // namespace

const halide_buffer_t *DeviceBuffers::describe(const Slice &slice, const Operands &operands, const ArgumentRow &row) {
    const Plan &plan = slice.plan;
    const Kernel &kernel = *plan.kernel;
    const Letters &letters = kernel.letters;
    const Role role = row.role;
    const ConstTensorView &tensor = operands[role];
    const DType dtype = dtype_of(row, kernel.dtypes, kernel.params_dtype);
    const auto has_reduced = [&](int i) { return is_indexed(role, false, letters.reduced[i]); };
    const auto has_kept = [&](int i) { return is_indexed(role, true, letters.kept[i]); };
    const bool has_innermost = letters.kept_innermost ? has_kept(0) : has_reduced(0);
    const bool is_packed = kernel.aligned && size_of(dtype) == 2 && has_innermost;
    Buffer &to = at(buffers_, row.argument);
    to.begin(nullptr, is_packed ? halide_type_of<std::uint32_t>() : stored_type(dtype));
    const bool has_memory = tensor.present() && tensor.data() != nullptr;  // one without elements may have none
    to.buffer.device = has_memory ? address_(tensor.data(), slice.offset[role] * size_of(dtype)) : address_(nullptr, 0);
    to.buffer.device_interface = device_interface_;
    const auto add = [&](std::int64_t extent, std::int8_t group, bool is_innermost) {
        const std::int64_t stride = slice.group(group).strides[role];
        to.add(is_packed && is_innermost ? extent / 2 : extent, is_packed && !is_innermost ? stride / 2 : stride);
    };
    for (int i = 0; row.inner == Inner::units_on_device && i < 2; ++i) {
        to.add(1, 0);
    }
    for (int i = 0; i < letters.reduced_count; ++i) {
        if (has_reduced(i)) {
            add(reduced_extent(slice, i), at(plan.reduced, i), i == 0 && !letters.kept_innermost);
        }
    }
    for (int i = 0; i < letters.kept_count; ++i) {
        if (has_kept(i)) {
            add(at(slice.kept, i), at(plan.kept, i), i == 0 && letters.kept_innermost);
        }
    }
    return &to.buffer;
}

DeviceBuffers::DeviceBuffers(const Slice &slice, const Operands &operands, const double &eps, void *const &user_context,
                             const halide_device_interface_t *device_interface, DeviceAddress address)
    : device_interface_(device_interface), address_(address), arguments_(user_context) {
    for (const ArgumentRow &row : argument_rows) {
        if (!contains(slice.plan.arguments, row.argument)) {
            continue;
        }
        if (is_tensor(row)) {
            arguments_.add(describe(slice, operands, row));
        } else if (row.kind == ArgumentKind::flag) {
            bool &is_present = at(present_, row.role);
            is_present = operands[row.role].present();
            arguments_.add(&is_present);
        } else {
            arguments_.add(&eps);
        }
    }
}

}  // namespace axnorm

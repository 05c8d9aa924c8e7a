#include "arguments.h"

#include <algorithm>

#include "runtime/halide/stored_type.h"

namespace axnorm {

using detail::at;

namespace {

// What the kernel was compiled for, whether or not the tensor is there.
DType dtype_of(const Kernel &kernel, Role role) {
    switch (role) {
        case role_x: return kernel.dtypes.x;
        case role_y: return kernel.dtypes.y;
        case role_scale:
        case role_shift: return kernel.params_dtype;
        default: return statistics_dtype(kernel.dtypes.x);
    }
}

// Which letters' groups a tensor has.
struct Indexed {
    const Letters &letters;
    bool params, statistics;

    bool reduced(int i) const { return !statistics && (!params || letters.reduced[i]); }
    bool kept(int i) const { return !params || letters.kept[i]; }
    bool innermost() const { return letters.kept_innermost ? kept(0) : reduced(0); }
};

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

void DeviceBuffers::Buffer::add(std::int64_t extent, std::int64_t stride) {
    at(dimensions, buffer.dimensions++) = {0, static_cast<std::int32_t>(extent), static_cast<std::int32_t>(stride), 0};
}

void DeviceBuffers::describe(const Slice &slice, const Operands &operands, Role role) {
    const Plan &plan = slice.plan;
    const Letters &letters = plan.kernel->letters;
    const ConstTensorView &tensor = operands[role];
    const DType dtype = dtype_of(*plan.kernel, role);
    const Indexed indexed{letters, role == role_scale || role == role_shift, role >= role_mean};
    const bool is_packed = plan.kernel->aligned && size_of(dtype) == 2 && indexed.innermost();
    Buffer &to = at(buffers_, role);
    to.buffer = {};
    const bool has_memory = tensor.present() && tensor.data() != nullptr;  // one without elements may have none
    to.buffer.device = has_memory ? address_(tensor.data(), slice.offset[role] * size_of(dtype)) : address_(nullptr, 0);
    to.buffer.device_interface = device_interface_;
    to.buffer.type = is_packed ? halide_type_of<std::uint32_t>() : stored_type(dtype);
    to.buffer.dim = to.dimensions.data();
    const auto add = [&](std::int64_t extent, std::int8_t group, bool is_innermost) {
        const std::int64_t stride = slice.group(group).strides[role];
        to.add(is_packed && is_innermost ? extent / 2 : extent, is_packed && !is_innermost ? stride / 2 : stride);
    };
    if (indexed.statistics && plan.kernel->statistic != Statistic::given) {
        to.add(1, 0);
        to.add(1, 0);
    }
    for (int i = 0; i < letters.reduced_count; ++i) {
        if (indexed.reduced(i)) {
            add(reduced_extent(slice, i), at(plan.reduced, i), i == 0 && !letters.kept_innermost);
        }
    }
    for (int i = 0; i < letters.kept_count; ++i) {
        if (indexed.kept(i)) {
            add(at(slice.kept, i), at(plan.kept, i), i == 0 && letters.kept_innermost);
        }
    }
}

DeviceBuffers::DeviceBuffers(const Slice &slice, const Operands &operands, const double &eps, void *const &user_context,
                             const halide_device_interface_t *device_interface, DeviceAddress address)
    : device_interface_(device_interface),
      address_(address),
      has_scale_(operands[role_scale].present()),
      has_shift_(operands[role_shift].present()),
      has_mean_(operands[role_mean].present()),
      has_rstd_(operands[role_rstd].present()) {
    std::size_t count = 0;
    const auto add = [&](const void *argument) {
        at(arguments_, static_cast<int>(count++)) = const_cast<void *>(argument);
    };
    const auto add_tensor = [&](Role role) {
        describe(slice, operands, role);
        add(&at(buffers_, role).buffer);
    };
    const Statistic statistic = slice.plan.kernel->statistic;
    add(&user_context);
    for (const Role role : {role_x, role_scale, role_shift}) {
        add_tensor(role);
    }
    add(&has_scale_);
    add(&has_shift_);
    add(&eps);
    if (statistic == Statistic::given) {
        add_tensor(role_mean);
        add_tensor(role_rstd);
    }
    if (statistic != Statistic::rms) {
        add(&has_mean_);
    }
    if (statistic != Statistic::given) {
        add(&has_rstd_);
    }
    add_tensor(role_y);
    if (statistic == Statistic::mean_var) {
        add_tensor(role_mean);
    }
    if (statistic != Statistic::given) {
        add_tensor(role_rstd);
    }
}

}  // namespace axnorm

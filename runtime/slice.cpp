#include "slice.h"

#include <HalideRuntime.h>

#include <algorithm>

namespace axnorm {
namespace {

// Kernels index with 32 bits, and count over the end of a group by less than a block, masked.
constexpr std::int64_t max_reach = INT32_MAX - 65536;

constexpr float absent_value = 0;  // an absent mean that is given; an absent scale or shift is not read

// The memory of a tensor as a kernel sees it: its letters' groups, reduced before kept, innermost first.
struct Buffer {
    halide_buffer_t buffer{};
    halide_dimension_t dimensions[2 * Letters::max_groups]{};

    void add(const Group &group, Role role) {
        dimensions[buffer.dimensions++] = {0, static_cast<std::int32_t>(group.extent),
                                           static_cast<std::int32_t>(group.strides[role]), 0};
    }

    // `ignored` takes what is written, but not wanted: strides are 0 there.
    void describe(const Slice &slice, const Operands &operands, Role role, float *ignored) {
        const Plan &plan = slice.plan;
        const Letters &letters = plan.kernel->letters;
        const ConstTensorView &tensor = operands[role];
        const void *data = operands.written(role) ? ignored : &absent_value;
        if (tensor.present()) {
            data = static_cast<const char *>(tensor.data()) + slice.offset[role] * size_of(tensor.dtype());
        }
        buffer.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
        buffer.type = halide_type_t(halide_type_float, 32);
        buffer.dim = dimensions;
        const bool is_params = role == role_scale || role == role_shift;
        const bool is_statistics = role == role_mean || role == role_rstd;
        for (int i = 0; i < letters.reduced_count && !is_statistics; ++i) {
            if (!is_params || letters.reduced[i]) {
                add(plan.reduced[static_cast<std::size_t>(i)], role);
            }
        }
        for (int i = 0; i < letters.kept_count; ++i) {
            if (!is_params || letters.kept[i]) {
                add(plan.kept[static_cast<std::size_t>(i)], role);
            }
        }
    }
};

// The order of arguments is that of generators/norm_generator.cpp.
int call(const Slice &slice, const Operands &operands, double eps) {
    float ignored = 0;
    std::array<Buffer, role_count> buffers;
    for (std::size_t role = 0; role < role_count; ++role) {
        buffers[role].describe(slice, operands, static_cast<Role>(role), &ignored);
    }
    const auto tensor = [&](Role role) -> void * { return &buffers[role].buffer; };
    const void *user_context = nullptr;
    bool has_scale = operands[role_scale].present(), has_shift = operands[role_shift].present();

    std::array<void *, 10> arguments{&user_context,      tensor(role_x), tensor(role_scale), tensor(role_shift),
                                     &has_scale, &has_shift};
    std::size_t count = 6;
    if (operands.statistic == Statistic::given) {
        arguments[count++] = tensor(role_mean);
        arguments[count++] = tensor(role_rstd);
        arguments[count++] = tensor(role_y);
    } else {
        arguments[count++] = &eps;
        arguments[count++] = tensor(role_y);
        if (operands.statistic == Statistic::mean_var) {
            arguments[count++] = tensor(role_mean);
        }
        arguments[count++] = tensor(role_rstd);
    }
    return slice.plan.kernel->function(arguments.data());
}

std::int64_t reach(const Group &group) {
    return (group.extent - 1) * *std::max_element(group.strides.begin(), group.strides.end());
}

}  // namespace

Slice Slice::part(int i, std::int64_t begin, std::int64_t end) const {
    Slice result = *this;
    Group &group = result.plan.kept[static_cast<std::size_t>(i)];
    for (std::size_t role = 0; role < role_count; ++role) {
        result.offset[role] += begin * group.strides[role];
    }
    group.extent = end - begin;
    return result;
}

bool fits(const Slice &slice) {
    std::array<std::int64_t, role_count> sum{};
    const auto add = [&](const Group &group) {
        for (std::size_t role = 0; role < role_count; ++role) {
            sum[role] += (group.extent - 1) * group.strides[role];
        }
        return group.extent <= max_reach;
    };
    const auto letters = slice.plan.kernel->letters.kept_count;
    return std::all_of(slice.plan.reduced.begin(), slice.plan.reduced.end(), add) &&
           std::all_of(slice.plan.kept.begin(), slice.plan.kept.begin() + letters, add) &&
           std::all_of(sum.begin(), sum.end(), [](std::int64_t value) { return value <= max_reach; });
}

int run(const Slice &slice, const Operands &operands, double eps) {
    const Plan &plan = slice.plan;
    const int letters = plan.kernel->letters.kept_count;
    const bool outside = plan.kept_count > letters;
    if (!outside && fits(slice)) {
        return call(slice, operands, eps);
    }
    // A group without a letter is cut into its indices, else the group that reaches furthest into halves.
    const auto furthest = std::max_element(plan.kept.begin(), plan.kept.begin() + letters,
                                           [](const Group &a, const Group &b) { return reach(a) < reach(b); });
    const int cut = outside ? plan.kept_count - 1 : static_cast<int>(furthest - plan.kept.begin());
    const std::int64_t extent = plan.kept[static_cast<std::size_t>(cut)].extent;
    const std::int64_t step = outside ? 1 : (extent + 1) / 2;
    for (std::int64_t begin = 0; begin < extent; begin += step) {
        Slice part = slice.part(cut, begin, std::min(begin + step, extent));
        part.plan.kept_count -= outside ? 1 : 0;
        if (const int error = run(part, operands, eps); error != 0) {
            return error;
        }
    }
    return 0;
}

}  // namespace axnorm

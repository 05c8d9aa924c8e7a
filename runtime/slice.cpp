#include "slice.h"

#include <HalideRuntime.h>

#include <algorithm>

namespace axnorm {

using detail::at;

namespace {

constexpr std::int64_t max_reach = Letters::max_extent;

constexpr double absent_value = 0;  // an absent mean that is given; an absent scale or shift is not read

// As generators/conversion.cpp has it: 16 bits are converted by the kernel itself.
halide_type_t stored_type(DType dtype) {
    const bool is_number = dtype == DType::float32 || dtype == DType::float64;
    return {is_number ? halide_type_float : halide_type_uint, static_cast<std::uint8_t>(8 * size_of(dtype))};
}

// The memory of a tensor as a kernel sees it: its letters' groups, reduced before kept, innermost first.
struct Buffer {
    halide_buffer_t buffer{};
    std::array<halide_dimension_t, 2 * Letters::max_groups> dimensions;

    void add(std::int64_t extent, std::int64_t stride) {
        at(dimensions, buffer.dimensions++) = {0, static_cast<std::int32_t>(extent), static_cast<std::int32_t>(stride),
                                               0};
    }

    // `ignored` takes what is written, but not wanted: strides are 0 there.
    void describe(const Slice &slice, const Operands &operands, Role role, void *ignored) {
        const Plan &plan = slice.plan;
        const Letters &letters = plan.kernel->letters;
        const ConstTensorView &tensor = operands[role];
        const void *data = operands.written(role) ? ignored : &absent_value;
        if (tensor.present()) {
            data = static_cast<const char *>(tensor.data()) + slice.offset[role] * size_of(tensor.dtype());
        }
        buffer.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
        const DType statistics = statistics_dtype(operands[role_x].dtype());
        buffer.type = stored_type(tensor.present() ? tensor.dtype() : statistics);
        buffer.dim = dimensions.data();
        const bool is_params = role == role_scale || role == role_shift;
        const bool is_statistics = role == role_mean || role == role_rstd;
        const bool has_channels = letters.has_channels() && !is_statistics;
        for (int i = 0; !is_statistics && i < letters.reduced_count; ++i) {
            if (!is_params || letters.reduced[i]) {
                const Group &group = slice.group(at(plan.reduced, i));
                add(has_channels && i == 0 ? group.extent * at(slice.kept, 0) : group.extent, group.strides[role]);
            }
        }
        for (int i = has_channels ? 1 : 0; i < letters.kept_count; ++i) {
            if (!is_params || letters.kept[i]) {
                add(at(slice.kept, i), slice.group(at(plan.kept, i)).strides[role]);
            }
        }
    }
};

// The order of arguments is that of generators/norm_generator.cpp.
int call(const Slice &slice, const Operands &operands, double eps) {
    double ignored = 0;  // or a float
    std::array<Buffer, role_count> buffers;
    for (std::size_t role = 0; role < role_count; ++role) {
        buffers[role].describe(slice, operands, static_cast<Role>(role), &ignored);
    }
    const auto tensor = [&](Role role) -> void * { return &buffers[role].buffer; };
    const void *user_context = nullptr;
    bool stream = slice.stream;
    bool has_scale = operands[role_scale].present(), has_shift = operands[role_shift].present();

    // Of channels, which the kernel sees as one group.
    auto group_length = static_cast<std::int32_t>(slice.group(slice.plan.reduced[0]).extent);

    std::array<void *, 12> arguments{&user_context,      tensor(role_x), tensor(role_scale),
                                     tensor(role_shift), &has_scale,     &has_shift};
    std::size_t count = 6;
    if (operands.statistic == Statistic::given) {
        arguments[count++] = tensor(role_mean);
        arguments[count++] = tensor(role_rstd);
        arguments[count++] = &stream;
        arguments[count++] = tensor(role_y);
    } else {
        arguments[count++] = &eps;
        arguments[count++] = &stream;
        if (slice.plan.kernel->letters.has_channels()) {
            arguments[count++] = &group_length;
        }
        arguments[count++] = tensor(role_y);
        if (operands.statistic == Statistic::mean_var) {
            arguments[count++] = tensor(role_mean);
        }
        arguments[count++] = tensor(role_rstd);
    }
    return slice.plan.kernel->function(arguments.data());
}

// The kept group of a letter that reaches furthest, of those that may be cut.
int furthest_group(const Slice &slice) {
    const Letters &letters = slice.plan.kernel->letters;
    const auto reach = [&](int i) {
        const auto &strides = slice.group(at(slice.plan.kept, i)).strides;
        return (at(slice.kept, i) - 1) * *std::max_element(strides.begin(), strides.end());
    };
    const int first = letters.kept_extent_is_constant(0) ? 1 : 0;
    int furthest = first;
    for (int i = first + 1; i < letters.kept_count; ++i) {
        furthest = reach(i) > reach(furthest) ? i : furthest;
    }
    return furthest;
}

}  // namespace

Slice::Slice(const Plan &of, const Layout &all) : layout(all), plan(of) {
    for (int i = 0; i < plan.kept_count; ++i) {
        at(kept, i) = group(at(plan.kept, i)).extent;
    }
}

const Group &Slice::group(std::int8_t index) const {
    static constexpr Group unit{};
    return index < 0 ? unit : at(layout.groups, index);
}

void Slice::narrow(int i, std::int64_t begin, std::int64_t end) {
    const Group &narrowed = group(at(plan.kept, i));
    for (std::size_t role = 0; role < role_count; ++role) {
        offset[role] += begin * narrowed.strides[role];
    }
    at(kept, i) = end - begin;
}

bool fits(const Slice &slice) {
    std::array<std::int64_t, role_count> reach{};
    bool extents_fit = true;
    const auto add = [&](std::int64_t extent, const Group &group) {
        for (std::size_t role = 0; role < role_count; ++role) {
            reach[role] += (extent - 1) * group.strides[role];
        }
        extents_fit = extents_fit && extent <= max_reach;
    };
    for (const std::int8_t index : slice.plan.reduced) {
        add(slice.group(index).extent, slice.group(index));
    }
    for (int i = 0; i < slice.plan.kernel->letters.kept_count; ++i) {
        add(at(slice.kept, i), slice.group(at(slice.plan.kept, i)));
    }
    return extents_fit && *std::max_element(reach.begin(), reach.end()) <= max_reach;
}

int run(const Slice &slice, const Operands &operands, double eps) {
    const bool outside = slice.plan.kept_count > slice.plan.kernel->letters.kept_count;
    if (!outside && fits(slice)) {
        return call(slice, operands, eps);
    }
    // A group without a letter is cut into its indices, else the group that reaches furthest into halves.
    const int cut = outside ? slice.plan.kept_count - 1 : furthest_group(slice);
    const std::int64_t extent = at(slice.kept, cut);
    const std::int64_t step = outside ? 1 : (extent + 1) / 2;
    for (std::int64_t begin = 0; begin < extent; begin += step) {
        Slice part = slice;
        part.narrow(cut, begin, std::min(begin + step, extent));
        part.plan.kept_count -= outside ? 1 : 0;
        if (const int error = run(part, operands, eps); error != 0) {
            return error;
        }
    }
    return 0;
}

}  // namespace axnorm

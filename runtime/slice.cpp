#include "slice.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

#include "stored_type.h"
#include "streaming.h"

namespace axnorm {

using detail::at;

namespace {

constexpr std::int64_t max_reach = Letters::max_extent;

// The memory of a tensor as a kernel sees it: its letters' groups, reduced before kept, innermost first.
struct Buffer {
    halide_buffer_t buffer{};
    std::array<halide_dimension_t, 2 * Letters::max_groups> dimensions;

    void set(const void *data, halide_type_t type) {
        buffer.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
        buffer.type = type;
        buffer.dim = dimensions.data();
        buffer.dimensions = 0;
    }

    void add(std::int64_t extent, std::int64_t stride) {
        at(dimensions, buffer.dimensions++) = {0, static_cast<std::int32_t>(extent), static_cast<std::int32_t>(stride),
                                               0};
    }

    // Of an absent tensor, the strides of which are 0, `absent` is the one element.
    void describe(const Slice &slice, const Operands &operands, Role role, const void *absent) {
        const Plan &plan = slice.plan;
        const Letters &letters = plan.kernel->letters;
        const ConstTensorView &tensor = operands[role];
        if (tensor.present()) {
            set(static_cast<const char *>(tensor.data()) + slice.offset[role] * size_of(tensor.dtype()),
                stored_type(tensor.dtype()));
        } else {
            set(absent, stored_type(statistics_dtype(operands[role_x].dtype())));
        }
        const bool is_params = role == role_scale || role == role_shift;
        const bool is_statistics = role == role_mean || role == role_rstd;
        const bool has_channels = letters.has_channels() && !is_statistics;
        for (int i = 0; !is_statistics && i < letters.reduced_count; ++i) {
            if (!is_params || letters.reduced[i]) {
                const std::int64_t extent = at(slice.reduced, i) * (has_channels && i == 0 ? at(slice.kept, 0) : 1);
                const bool is_empty = role == role_y && slice.sums != nullptr;
                add(is_empty ? 0 : extent, slice.group(at(plan.reduced, i)).strides[role]);
            }
        }
        for (int i = has_channels ? 1 : 0; i < letters.kept_count; ++i) {
            if (!is_params || letters.kept[i]) {
                add(at(slice.kept, i), slice.group(at(plan.kept, i)).strides[role]);
            }
        }
    }

    // A value for each group of a part, dense, or `numbers` of them.
    void describe_dense(const Slice &slice, const void *values, halide_type_t type, int numbers = 0) {
        set(values, type);
        const std::span kept(slice.kept.data(), static_cast<std::size_t>(slice.plan.kernel->letters.kept_count));
        std::int64_t stride = 1;
        if (numbers != 0) {
            add(numbers, std::accumulate(kept.begin(), kept.end(), stride, std::multiplies<>()));
        }
        for (const std::int64_t extent : kept) {
            add(extent, stride);
            stride *= extent;
        }
    }

    // One element for all indices; as an output it has no elements.
    void describe_unused(const void *element) {
        dimensions = {};
        set(element, halide_type_of<double>());
        buffer.dimensions = Letters::max_groups + 1;
    }
};

// The statistics that a kernel is given, and what it sums up of a part.
struct PartBuffers {
    Buffer mean, rest, rstd, sums;
    bool given = true;

    // Of a call that has neither.
    PartBuffers() {
        for (Buffer *buffer : {&mean, &rest, &rstd, &sums}) {
            buffer->describe_unused(&zero);
        }
        given = false;
    }

    PartBuffers(const Slice &slice, const Operands &operands) : PartBuffers() {
        const halide_type_t type = stored_type(statistics_dtype(operands[role_x].dtype()));
        given = slice.sums == nullptr;
        if (slice.sums != nullptr) {
            sums.describe_dense(slice, slice.sums, halide_type_of<double>(), numbers_summed(operands.statistic));
        } else if (operands.statistic == Statistic::given) {
            mean.describe(slice, operands, role_mean, &zero);
            rstd.describe(slice, operands, role_rstd, &zero);
        } else {
            mean.describe_dense(slice, slice.statistics[0], type);
            rest.describe_dense(slice, slice.statistics[1], type);
            rstd.describe_dense(slice, slice.statistics[2], type);
        }
    }

  private:
    static constexpr double zero = 0;
};

// The order of arguments is that of generators/norm_generator.cpp.
struct Arguments {
    std::array<void *, 20> all{};
    std::size_t count = 0;

    template <class... Pointers>
    void add(Pointers... pointers) {
        ((all[count++] = const_cast<void *>(static_cast<const void *>(pointers))), ...);
    }
};

int call(const Slice &slice, const Operands &operands, double eps, const PartBuffers &part) {
    static constexpr double absent = 0;  // an absent scale or shift is not read
    double ignored = 0;                  // or a float: statistics that are not wanted
    std::array<Buffer, role_count> buffers;
    for (const Role role : {role_x, role_y, role_scale, role_shift}) {
        buffers[role].describe(slice, operands, role, &absent);
    }
    for (const Role role : {role_mean, role_rstd}) {
        if (part.given || slice.sums != nullptr) {
            buffers[role].describe_unused(&ignored);
        } else {
            buffers[role].describe(slice, operands, role, &ignored);
        }
    }
    const auto tensor = [&](Role role) { return &buffers[role].buffer; };
    const void *user_context = nullptr;
    const bool has_scale = operands[role_scale].present(), has_shift = operands[role_shift].present();
    const auto length = static_cast<std::int32_t>(slice.group(slice.plan.reduced[0]).extent);
    const Kernel &kernel = *slice.plan.kernel;
    const bool has_mean = kernel.statistic == Statistic::mean_var, takes_parts = kernel.letters.most == 0;

    Arguments arguments;
    arguments.add(&user_context, tensor(role_x), tensor(role_scale), tensor(role_shift), &has_scale, &has_shift, &eps);
    if (takes_parts) {
        arguments.add(&part.given);
        if (has_mean) {
            arguments.add(&part.mean.buffer, &part.rest.buffer);
        }
        arguments.add(&part.rstd.buffer, &length);
    }
    arguments.add(&slice.stream);
    if (kernel.letters.has_channels()) {
        arguments.add(&length);
    }
    arguments.add(tensor(role_y));
    if (has_mean) {
        arguments.add(tensor(role_mean));
    }
    arguments.add(tensor(role_rstd));
    if (takes_parts) {
        arguments.add(&part.sums.buffer);
    }
    return kernel.function(arguments.all.data());
}

int call(const Slice &slice, const Operands &operands, double eps) {
    static const PartBuffers none;
    const bool is_plain =
        slice.sums == nullptr && slice.statistics[0] == nullptr && operands.statistic != Statistic::given;
    return is_plain ? call(slice, operands, eps, none) : call(slice, operands, eps, PartBuffers(slice, operands));
}

// Blocks of a GPU have 2^31 - 1 indices of the first kind, but 65535 of others (the CUDA programming guide's table of
// compute capabilities). The first kind is that of the innermost kept group, or of the parts that groups are split
// into.
constexpr std::int64_t most_blocks = 65535;

bool has_too_many_blocks(const Slice &slice, int i) {
    const Kernel &kernel = *slice.plan.kernel;
    return kernel.device != Device::cpu && (i > 0 || kernel.split) && at(slice.kept, i) > most_blocks;
}

// The kept group of a letter that is cut: one of too many blocks, or that which reaches furthest, of those that may be.
int group_to_cut(const Slice &slice) {
    const Letters &letters = slice.plan.kernel->letters;
    const auto reach = [&](int i) {
        const auto &strides = slice.group(at(slice.plan.kept, i)).strides;
        const std::int64_t extent = at(slice.kept, i);
        return extent <= grain_of(slice.plan, i) ? 0 : (extent - 1) * *std::max_element(strides.begin(), strides.end());
    };
    const int first = letters.kept_extent_is_constant(0) ? 1 : 0;
    int furthest = first;
    for (int i = first; i < letters.kept_count; ++i) {
        if (has_too_many_blocks(slice, i)) {
            return i;
        }
        furthest = reach(i) > reach(furthest) ? i : furthest;
    }
    return furthest;
}

}  // namespace

Slice::Slice(const Plan &of, const Layout &all) : layout(all), plan(of) {
    for (std::size_t i = 0; i < reduced.size(); ++i) {
        reduced[i] = group(plan.reduced[i]).extent;
    }
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

void Slice::narrow_reduced(int i, std::int64_t begin, std::int64_t end) {
    const Group &narrowed = group(at(plan.reduced, i));
    for (std::size_t role = 0; role < role_count; ++role) {
        offset[role] += begin * narrowed.strides[role];
    }
    at(reduced, i) = end - begin;
}

void finish_stores(const Slice &slice) {
    if (slice.stream) {
        finish_streaming();
    }
}

std::int64_t grain_of(const Plan &plan, int i) {
    const Kernel &kernel = *plan.kernel;
    return i == 0 && kernel.aligned && kernel.letters.kept_innermost ? kernel.vector_length() : 1;
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
    for (std::size_t i = 0; i < slice.reduced.size(); ++i) {
        add(slice.reduced[i], slice.group(slice.plan.reduced[i]));
    }
    for (int i = 0; i < slice.plan.kernel->letters.kept_count; ++i) {
        add(at(slice.kept, i), slice.group(at(slice.plan.kept, i)));
        extents_fit = extents_fit && !has_too_many_blocks(slice, i);
    }
    return extents_fit && *std::max_element(reach.begin(), reach.end()) <= max_reach;
}

int for_each_part(const Slice &slice, int (*call)(void *context, const Slice &part), void *context) {
    const bool outside = slice.plan.kept_count > slice.plan.kernel->letters.kept_count;
    if (!outside && fits(slice)) {
        return call(context, slice);
    }
    // A group without a letter is cut into its indices, else one of the others into halves.
    const int cut = outside ? slice.plan.kept_count - 1 : group_to_cut(slice);
    const std::int64_t extent = at(slice.kept, cut);
    const std::int64_t grain = grain_of(slice.plan, cut);
    const std::int64_t step = outside ? 1 : ((extent + 1) / 2 + grain - 1) / grain * grain;
    for (std::int64_t begin = 0; begin < extent; begin += step) {
        Slice part = slice;
        part.narrow(cut, begin, std::min(begin + step, extent));
        part.plan.kept_count -= outside ? 1 : 0;
        if (const int error = for_each_part(part, call, context); error != 0) {
            return error;
        }
    }
    return 0;
}

int run(const Slice &slice, const Operands &operands, double eps) {
    struct Context {
        const Operands &operands;
        double eps;
    } context{operands, eps};
    const auto call_part = [](void *of_call, const Slice &part) {
        const auto &c = *static_cast<Context *>(of_call);
        return call(part, c.operands, c.eps);
    };
    return for_each_part(slice, call_part, &context);
}

}  // namespace axnorm

#include "arguments.h"

#include <HalideRuntime.h>

#include <functional>
#include <numeric>
#include <span>

#include "runtime/halide/stored_type.h"
#include "streaming.h"

namespace axnorm {

using detail::at;

namespace {

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

}  // namespace

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

void finish_stores(const Slice &slice) {
    if (slice.stream) {
        finish_streaming();
    }
}

}  // namespace axnorm

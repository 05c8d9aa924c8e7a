#include "axnorm/normalize.h"

#include <algorithm>
#include <limits>

#include "call_record.h"
#include "kernel_choice.h"
#include "run_planned.h"
#include "runtime/device/backend.h"
#include "runtime/language/overlap.h"
#include "runtime/language/refusal.h"
#include "runtime/planning/eligible_kernels.h"
#include "runtime/planning/gathered.h"
#include "runtime/planning/kernel_line.h"
#include "runtime/planning/plan_cache.h"
#include "runtime/system/halide_hooks.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {

namespace {

void check_options(const Options &options) {
    if (!(options.eps >= 0)) {
        throw Refusal{"eps is " + text_of(options.eps) + ", it has to be at least 0"};
    }
    if (options.parallel.threads < 0) {
        throw Refusal{"threads is " + std::to_string(options.parallel.threads) + ", it has to be at least 0"};
    }
    const bool given = options.statistic == Statistic::given;
    if (given && !options.given_rstd.present()) {
        throw Refusal{"statistic given needs given_rstd"};
    }
    if (!given && (options.given_mean.present() || options.given_rstd.present())) {
        throw Refusal{"given_mean and given_rstd are for statistic given only"};
    }
    if (given && (options.mean.present() || options.rstd.present())) {
        throw Refusal{"statistic given writes no mean and rstd"};
    }
    if (options.statistic == Statistic::rms && options.mean.present()) {
        throw Refusal{"statistic rms has no mean"};
    }
}

void check_workspace(const Operands &operands, const Options &options) {
    if (device_of(operands) == Device::cpu && options.workspace.present()) {
        throw Refusal{concat({"a workspace of ", std::to_string(options.workspace.size),
                              " bytes is given; calls on device cpu need 0 bytes"})};
    }
}

// Of x and y there have to be kernels: plans know.
void check_dtypes(const Operands &operands) {
    const DType x = operands[role_x].dtype(), statistics = statistics_dtype(x);
    for (const RoleRow &row : role_rows) {
        const ConstTensorView &tensor = operands[row.role];
        if (row.required || !tensor.present()) {
            continue;
        }
        const bool may_be_as_x = row.dtype == DTypeRule::params;
        const DType expected = row.dtype == DTypeRule::x ? x : statistics;
        if (tensor.dtype() != expected && !(may_be_as_x && tensor.dtype() == x)) {
            throw Refusal{std::string("the dtype of ") + operands.name_of(row.role) + " is " + name_of(tensor.dtype()) +
                              "; beside x of " + name_of(x) + " it has to be " + name_of(expected) +
                              (may_be_as_x && x != expected ? std::string(" or ") + name_of(x) : ""),
                          ErrorCode::unsupported};
        }
    }
}

// What the kernels of devices ask beyond that.
void check_on_device(const Operands &operands) {
    for (const RoleRow &row : role_rows) {
        const ConstTensorView &tensor = operands[row.role];
        const std::int64_t size = size_of(tensor.dtype());
        if (tensor.present() &&
            reinterpret_cast<std::uintptr_t>(tensor.data()) % static_cast<std::uintptr_t>(size) != 0) {
            throw Refusal{concat({operands.name_of(row.role), " of ", name_of(tensor.dtype()),
                                  " does not begin at a multiple of ", std::to_string(size), " bytes, as on device ",
                                  name_of(device_of(operands)), " it has to"})};
        }
    }
    const ConstTensorView &scale = operands[role_scale], &shift = operands[role_shift];
    const char *device = name_of(device_of(operands));
    if (scale.present() && shift.present() && scale.dtype() != shift.dtype()) {
        throw Refusal{concat({"scale is of ", name_of(scale.dtype()), ", shift of ", name_of(shift.dtype()),
                              ": on device ", device, " they have to be of one dtype"}),
                      ErrorCode::unsupported};
    }
}

// The tensor is an output: it came as a TensorView.
void store_nan(const ConstTensorView &tensor, std::int64_t offset) {
    void *data = const_cast<void *>(tensor.data());
    if (tensor.dtype() == DType::float64) {
        static_cast<double *>(data)[offset] = std::numeric_limits<double>::quiet_NaN();
    } else {
        static_cast<float *>(data)[offset] = std::numeric_limits<float>::quiet_NaN();
    }
}

// Statistics of no elements are NaN.
void fill_nan(const Layout &layout, const Operands &operands) {
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (row.axes != Axes::kept || !operands[role].present() || !operands.written(role)) {
            continue;
        }
        std::int64_t count = 1;
        for (const Group &group : layout.all()) {
            count *= group.kept ? group.extent : 1;
        }
        for (std::int64_t i = 0; i < count; ++i) {
            std::int64_t rest = i, offset = 0;
            for (const Group &group : layout.all()) {
                if (group.kept) {
                    offset += rest % group.extent * group.strides[role];
                    rest /= group.extent;
                }
            }
            store_nan(operands[role], offset);
        }
    }
}

// Whether there are groups, though without elements, whose mean or rstd is asked for.
bool has_statistics_of_nothing(const Layout &layout, const Operands &operands) {
    const auto is_asked_for = [&](const RoleRow &row) {
        return row.axes == Axes::kept && operands[row.role].present() && operands.written(row.role);
    };
    const auto has_groups = [](const Group &group) { return !group.kept || group.extent > 0; };
    return std::ranges::any_of(role_rows, is_asked_for) && std::ranges::all_of(layout.all(), has_groups);
}

// What can be found out without pointers that are real.
void check_call(const Operands &operands) {
    check_dtypes(operands);
    if (device_of(operands) != Device::cpu) {
        check_on_device(operands);
    }
}

// A call like none before it.
void plan_and_run(const Pattern &pattern, const Layout &layout, const Operands &operands, const Options &options,
                  std::span<const NamedLength> lengths, CachedCall &cached) {
    check_call(operands);
    check_repeats(layout, operands);
    check_overlap(layout, operands);
    if (layout.elements == 0) {
        check_linked(operands);
        if (device_of(operands) == Device::cpu) {
            fill_nan(layout, operands);
        } else if (has_statistics_of_nothing(layout, operands)) {
            run_planned(layout, make_plan(layout, operands, this_machine(device_of(operands)), options.canonical),
                        operands, options);
        }
        return;
    }
    const Plan plan = checked_plan(pattern, layout, operands, this_machine(device_of(operands)), options.canonical);
    // What is kept does not come here again, with other threads neither, which are recorded too.
    const bool is_recorded = calls_are_recorded();
    if (is_recorded) {
        record_call(pattern, operands, options, lengths);
    }
    run_planned(layout, plan, operands, options);
    if (!is_recorded) {
        cached.keep(layout, plan);
    }
}

std::size_t size_of_planned(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options) {
    const DeviceMemory *memory = memory_on(device_of(operands));
    return memory == nullptr ? 0 : memory->workspace_size(Slice(plan, layout), operands, options);
}

// As plan_and_run(), without the run. The plan is not kept: it may have been made without a driver.
std::size_t plan_and_size(const Pattern &pattern, const Layout &layout, const Operands &operands,
                          const Options &options) {
    check_call(operands);
    const bool is_empty = layout.elements == 0;
    if (device_of(operands) == Device::cpu || (is_empty && !has_statistics_of_nothing(layout, operands))) {
        check_linked(operands);
        return 0;
    }
    const Plan plan = checked_plan(pattern, layout, operands, this_machine(device_of(operands)), options.canonical);
    return size_of_planned(layout, plan, operands, options);
}

// What `of_known` returns for a call like an earlier one, or `of_new` for the layout of any other.
template <class Known, class New>
auto look_up(const Pattern &pattern, const Operands &operands, const Options &options,
             std::span<const NamedLength> lengths, const Known &of_known, const New &of_new) {
    install_halide_hooks();
    CachedCall cached(pattern, operands, lengths, options.canonical);
    try {
        if (const PlannedCall *call = cached.find(); call != nullptr) {
            check_options(options);
            return of_known(*call);
        }
        const Layout layout = make_layout(pattern, operands, lengths);
        check_options(options);
        return of_new(layout, cached);
    } catch (const Refusal &refusal) {
        throw refused_call(refusal, pattern, operands, lengths, options.canonical);
    }
}

}  // namespace

void normalize(const Pattern &pattern, const ConstTensorView &x, const TensorView &y, const Options &options,
               std::span<const NamedLength> lengths) {
    const Operands operands = operands_of(x, y, options);
    const auto run_known = [&](const PlannedCall &call) {
        check_workspace(operands, options);
        check_overlap(call.layout, operands);
        run_planned(call.layout, call.plan, operands, options);
    };
    const auto run_new = [&](const Layout &layout, CachedCall &cached) {
        check_workspace(operands, options);
        plan_and_run(pattern, layout, operands, options, lengths, cached);
    };
    look_up(pattern, operands, options, lengths, run_known, run_new);
}

std::size_t workspace_size(const Pattern &pattern, const ConstTensorView &x, const TensorView &y,
                           const Options &options, std::span<const NamedLength> lengths) {
    const Operands operands = operands_of(x, y, options);
    const auto size_of_known = [&](const PlannedCall &call) {
        return size_of_planned(call.layout, call.plan, operands, options);
    };
    const auto size_of_new = [&](const Layout &layout, const CachedCall &) {
        return plan_and_size(pattern, layout, operands, options);
    };
    return look_up(pattern, operands, options, lengths, size_of_known, size_of_new);
}

void release_workspaces(int device_index) {
    if (const DeviceMemory *memory = memory_on(Device::cuda); memory != nullptr) {
        memory->release_workspaces(device_index);
    }
}

}  // namespace axnorm

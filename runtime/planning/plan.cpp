#include "plan.h"

#include <algorithm>

#include "costs.h"
#include "eligible_kernels.h"
#include "placement.h"
#include "runtime/language/refusal.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {

using detail::at;

namespace {

// A contiguous kernel takes its innermost letter with stride 1; one for a block the next letter right around it.
// Nothing is asked of a letter that no group has: its only index is 0.
bool strides_fit(const Layout &layout, const Operands &operands, const Plan &plan) {
    const Kernel &kernel = *plan.kernel;
    const Letters &letters = kernel.letters;
    if (!kernel.contiguous) {
        return true;
    }
    const std::int8_t inner = letters.kept_innermost ? plan.kept[0] : plan.reduced[0];
    const std::int8_t outer = letters.kept_innermost ? plan.reduced[0] : plan.kept[0];
    const auto fits = [&](std::int8_t index, std::int64_t stride, bool params) {
        return index < 0 || std::ranges::all_of(role_rows, [&](const RoleRow &row) {
                   const bool counts =
                       row.axes == Axes::all || (row.axes == Axes::params && params && kernel.contiguous_params);
                   return !counts || !operands[row.role].present() ||
                          at(layout.groups, index).strides[row.role] == stride;
               });
    };
    const bool row_params = !letters.kept_innermost && letters.reduced[0];
    const std::int32_t block = letters.block_extent();
    if (letters.has_channels()) {
        // Rows without groups, and a group alone, are better off with other kernels.
        return outer >= 0 && inner >= 0 && plan.reduced[1] >= 0 && fits(inner, 1, true) &&
               fits(outer, at(layout.groups, inner).extent, true);
    }
    return fits(inner, 1, row_params) &&
           (block == 0 || letters.kept_count == 0 || fits(outer, block, row_params && letters.kept[0]));
}

// Whether a statistic group, of channels one's innermost extent, is no larger than the kernel takes.
bool is_short_enough(const Layout &layout, const Plan &plan) {
    const Letters &letters = plan.kernel->letters;
    std::int64_t room = letters.most == 0 ? INT64_MAX : letters.most;
    for (int i = 0; i < (letters.has_channels() ? 1 : letters.reduced_count); ++i) {
        const std::int8_t index = at(plan.reduced, i);
        room /= index < 0 ? 1 : std::max<std::int64_t>(at(layout.groups, index).extent, 1);
    }
    return room > 0;
}

// What an aligned kernel of a device asks: whole vectors along the innermost group, each at a multiple of its size.
bool alignment_fits(const Layout &layout, const Operands &operands, const Plan &plan) {
    const Letters &letters = plan.kernel->letters;
    const std::int8_t inner = letters.kept_innermost ? plan.kept[0] : plan.reduced[0];
    const std::int64_t length = plan.kernel->vector_length();
    if (inner < 0 || at(layout.groups, inner).extent % length != 0) {
        return false;
    }
    return std::ranges::all_of(role_rows, [&](const RoleRow &row) {
        const Role role = row.role;
        const bool is_one = row.axes == Axes::params && at(layout.groups, inner).strides[role] == 0;
        if (row.axes == Axes::kept || !operands[role].present() || is_one) {
            return true;
        }
        for (int i = 0; i < layout.count; ++i) {
            if (i != inner && at(layout.groups, i).strides[role] % length != 0) {
                return false;
            }
        }
        return is_aligned_on_device(operands[role]);
    });
}

// Whether blocks of the device have the shared memory that the kernel asks for.
bool shared_memory_fits(const Layout &layout, const Operands &operands, const Machine &machine, const Plan &plan) {
    const Kernel &kernel = *plan.kernel;
    return kernel.letters.most * size_of(kernel.dtypes.x) < limits.asked_shared_bytes ||
           machine.has_shared_memory == nullptr || machine.has_shared_memory(plan, layout, operands);
}

// Whether blocks should share statistic groups: few, large ones.
bool is_worth_splitting(const Layout &layout, const Operands &operands) {
    std::int64_t groups = 1, elements = 1;
    for (const Group &group : layout.all()) {
        (group.kept ? groups : elements) *= group.extent;
    }
    return groups <= thresholds().most_split_groups &&
           elements * size_of(operands[role_x].dtype()) >= thresholds().least_split_bytes;
}

// What it costs that kept groups have no letter, and the kernel is called for each of their indices. Canonical kernels
// are there for that.
int cost_of_looping(const Plan &plan) {
    const Kernel &kernel = *plan.kernel;
    const int groups = plan.kept_count - kernel.letters.kept_count;
    if (groups <= 0 || kernel.canonical()) {
        return 0;
    }
    return kernel.device == Device::cpu ? costs.looped + groups * costs.looped_group : costs.looped_on_device;
}

// Where no group has the innermost letter, most of a vector is idle: the last resort. A block without its outer group
// is nothing special, nor are rows alone above a few elements.
int cost_of(const Plan &plan, const Layout &layout, const Operands &operands) {
    const Letters &letters = plan.kernel->letters;
    const std::int8_t inner = letters.kept_innermost ? plan.kept[0] : plan.reduced[0];
    const std::int8_t outer = letters.kept_innermost ? plan.reduced[0] : plan.kept[0];
    const bool is_rows =
        !letters.kept_innermost && plan.reduced[1] < 0 && letters.block_extent() > thresholds().longest_row_in_block;
    const bool is_lost = plan.kernel->device == Device::cpu && letters.block_extent() != 0 && (outer < 0 || is_rows);
    const bool is_split_in_vain = plan.kernel->split && !is_worth_splitting(layout, operands);
    return cost_of(*plan.kernel) + cost_of_looping(plan) + (inner < 0 ? costs.idle_vectors : 0) +
           (is_lost ? costs.without_block : 0) + (is_split_in_vain ? costs.splitting : 0);
}

// Of those that may run, the one of least cost that serves the layout; of nullptr where none does.
template <class F>
Plan find_plan(const Layout &layout, const Operands &operands, const Machine &machine, const F &may_run) {
    Plan best, candidate;
    int best_cost = INT32_MAX;
    for_each_kernel(operands, [&](const Kernel &kernel) {
        if (cost_of(kernel) < best_cost && may_run(kernel) &&
            plan_kernel(kernel, layout, operands, machine, candidate) == nullptr &&
            cost_of(candidate, layout, operands) < best_cost) {
            best = candidate;
            best_cost = cost_of(best, layout, operands);
        }
    });
    return best;
}

}  // namespace

bool is_aligned_on_device(const ConstTensorView &tensor) {
    return reinterpret_cast<std::uintptr_t>(tensor.data()) % 16 == 0;
}

const char *plan_kernel(const Kernel &kernel, const Layout &layout, const Operands &operands, const Machine &machine,
                        Plan &plan) {
    const Letters &letters = kernel.letters;
    if (kernel.device != device_of(operands)) {
        return "another device";
    }
    if (kernel.statistic != statistic_of_kernels(operands)) {
        return "another statistic";
    }
    if (kernel.dtypes != dtypes_of(operands)) {
        return "other dtypes";
    }
    if (kernel.tuned_for.exists() && !kernel.tuned_for.has(layout.elements * size_of(operands[role_x].dtype()))) {
        return "tuned for other sizes of x";
    }
    if (!kernel.tuned_for.processor.empty() && kernel.tuned_for.processor != machine.processor) {
        return "tuned for another processor";
    }
    if (!takes_params(kernel, operands)) {
        return "another dtype of params";
    }
    if (!runs_on(kernel, machine.instruction_set)) {
        return "not compiled for this instruction set";
    }
    if (kernel.device == Device::cpu && letters.most != 0 && operands.statistic == Statistic::given) {
        return "takes no given statistics";
    }
    plan = {};
    plan.kernel = &kernel;
    plan.arguments = arguments_of(kernel_form(kernel));
    plan.kept.fill(-1);
    if (!place_reduced(layout, plan)) {
        return "no loop for a reduced group";
    }
    if (!is_short_enough(layout, plan)) {
        return "for shorter groups";
    }
    if (!place_kept(layout, plan)) {
        return "no loop for a kept group";
    }
    if (!strides_fit(layout, operands, plan)) {
        return "strides of the innermost loops";
    }
    if (kernel.aligned && !alignment_fits(layout, operands, plan)) {
        return "alignment";
    }
    return shared_memory_fits(layout, operands, machine, plan) ? nullptr : "more shared memory than the device has";
}

Plan make_plan(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical) {
    const Plan best =
        find_plan(layout, operands, machine, [&](const Kernel &kernel) { return !canonical || kernel.canonical(); });
    if (best.kernel == nullptr) {
        check_linked(operands);
        refuse_layout(layout, operands, machine.instruction_set);
    }
    return best;
}

Plan find_plan_of_parts(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical) {
    return find_plan(layout, operands, machine, [&](const Kernel &kernel) {
        return kernel_form(kernel).in_parts && kernel.letters.fixed_extents() == 0 &&
               (!canonical || kernel.canonical());
    });
}

Candidate judge(const Kernel &kernel, const Layout &layout, const Operands &operands, const Machine &machine) {
    Plan plan;
    const char *refused = plan_kernel(kernel, layout, operands, machine, plan);
    return {&kernel, refused, refused == nullptr ? cost_of(plan, layout, operands) : 0};
}

std::vector<Candidate> candidates(const Layout &layout, const Operands &operands, const Machine &machine) {
    std::vector<Candidate> all;
    for (const Kernel *kernel : kernels()) {
        all.push_back(judge(*kernel, layout, operands, machine));
    }
    return all;
}

}  // namespace axnorm

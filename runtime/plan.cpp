#include "plan.h"

#include <algorithm>
#include <string>

#include "refusal.h"

namespace axnorm {

using detail::at;

namespace {

// A contiguous kernel takes the innermost group as its innermost loop, with stride 1.
bool innermost_fits(const Layout &layout, const Operands &operands, const Kernel &kernel) {
    const Letters &letters = kernel.letters;
    if (layout.count == 0 || !kernel.contiguous) {
        return true;
    }
    const Group &inner = at(layout.groups, layout.count - 1);
    const bool has_params = inner.kept ? letters.kept[0] : letters.reduced[0];
    const UnitStrides unit = innermost_unit_strides(layout, operands);
    return inner.kept == letters.kept_innermost && unit.data && (!inner.params || has_params) &&
           (inner.kept || !has_params || !kernel.contiguous_params || unit.params);
}

// The letters of one kind, innermost first.
struct Loops {
    const bool *params;
    const std::int32_t *extents;
    int count;

    bool fit(int letter, std::int64_t extent) const { return extents[letter] == 0 || extents[letter] == extent; }
};

// Gives each group of a kind a letter, innermost first and in order; returns how many are placed, or -1. A group
// without params fits a letter with them: its strides of scale and shift are 0. A letter that no group gets is a loop
// of length 1. Groups beyond the letters may follow if `more`.
template <std::size_t N>
int place(const Layout &layout, bool kept, const Loops &loops, bool more, std::array<std::int8_t, N> &placed) {
    int next = 0;
    const auto take = [&](const Group &group) {
        return (!group.params || loops.params[next]) && loops.fit(next, group.extent);
    };
    for (int i = layout.count - 1; i >= 0; --i) {
        const Group &group = at(layout.groups, i);
        if (group.kept != kept) {
            continue;
        }
        while (next < loops.count && !take(group) && loops.fit(next, 1)) {
            ++next;
        }
        if (next < loops.count ? !take(group) : !more) {
            return -1;
        }
        at(placed, next++) = static_cast<std::int8_t>(i);
    }
    for (; next < loops.count; ++next) {
        if (!loops.fit(next, 1)) {
            return -1;
        }
    }
    return next;
}

template <class F>
void for_each_kernel(const F &function) {
    for (const Library *library = first_library(); library != nullptr; library = library->next()) {
        for (const Kernel &kernel : library->kernels()) {
            function(kernel);
        }
    }
}

// Says what there is, where nothing serves.
[[noreturn]] void refuse_layout(const Layout &layout, const Operands &operands) {
    if (first_library() == nullptr) {
        throw Refusal{"no kernels are linked: include the header of a library, <axnorm_default.h> or your own",
                      ErrorCode::unsupported};
    }
    const auto reduced = std::ranges::count(layout.all(), false, &Group::kept);
    if (reduced > Letters::max_groups) {
        throw Refusal{"the reduced axes have " + std::to_string(reduced) +
                          " groups of strides that do not merge, at most 4 are supported",
                      ErrorCode::unsupported};
    }
    std::string linked;
    for_each_kernel([&](const Kernel &kernel) {
        if (kernel.statistic == operands.statistic && kernel.dtype == operands[role_x].dtype()) {
            linked += (linked.empty() ? "" : ", ") + std::string(kernel.signature);
        }
    });
    std::string extents;
    for (const Group &group : layout.all()) {
        extents += (extents.empty() ? "" : " x ") + std::to_string(group.extent);
    }
    throw Refusal{"no linked kernel serves signature " + layout.signature() + " (extents " + extents + ") for " +
                      name_of(operands.statistic) + " of " + name_of(operands[role_x].dtype()) + "; there " +
                      (linked.empty() ? "is none" : "are " + linked),
                  ErrorCode::unsupported};
}

}  // namespace

const char *plan_kernel(const Kernel &kernel, const Layout &layout, const Operands &operands, Plan &plan) {
    const Letters &letters = kernel.letters;
    if (kernel.statistic != operands.statistic) {
        return "another statistic";
    }
    if (kernel.dtype != operands[role_x].dtype()) {
        return "another dtype";
    }
    if (!innermost_fits(layout, operands, kernel)) {
        return "another innermost group, or its stride is not 1";
    }
    plan = {};
    plan.kernel = &kernel;
    plan.kept.fill(-1);
    plan.kept_count =
        place(layout, true, {letters.kept, letters.kept_extents, letters.kept_count}, kernel.canonical(), plan.kept);
    if (plan.kept_count < 0) {
        return "no loop for a kept group";
    }
    if (place(layout, false, {letters.reduced, letters.reduced_extents, letters.reduced_count}, false, plan.reduced) <
        0) {
        return "no loop for a reduced group";
    }
    return nullptr;
}

Plan make_plan(const Layout &layout, const Operands &operands, bool canonical) {
    Plan best, candidate;
    for_each_kernel([&](const Kernel &kernel) {
        if ((!canonical || kernel.canonical()) && (best.kernel == nullptr || kernel.cost < best.kernel->cost) &&
            plan_kernel(kernel, layout, operands, candidate) == nullptr) {
            best = candidate;
        }
    });
    if (best.kernel == nullptr) {
        refuse_layout(layout, operands);
    }
    return best;
}

std::vector<Candidate> candidates(const Layout &layout, const Operands &operands) {
    std::vector<Candidate> all;
    Plan plan;
    for_each_kernel([&](const Kernel &kernel) {
        all.push_back({&kernel, plan_kernel(kernel, layout, operands, plan)});
    });
    return all;
}

const Kernel &select_kernel(const Layout &layout, const Operands &operands, bool canonical) {
    try {
        return *make_plan(layout, operands, canonical).kernel;
    } catch (const Refusal &refusal) {
        throw Error(refusal.message, refusal.code);
    }
}

}  // namespace axnorm

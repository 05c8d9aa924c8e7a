#include "plan.h"

#include <algorithm>
#include <string>

#include "refusal.h"

namespace axnorm {

using detail::at;

namespace {

// A contiguous kernel takes the innermost group as its innermost loop, with stride 1.
bool innermost_fits(const Layout &layout, const Operands &operands, const Letters &letters) {
    if (layout.count == 0) {
        return true;
    }
    const Group &inner = at(layout.groups, layout.count - 1);
    const bool has_params = inner.kept ? letters.kept[0] : letters.reduced[0];
    if (inner.kept != letters.kept_innermost || inner.strides[role_x] != 1 || inner.strides[role_y] != 1 ||
        (inner.params && !has_params)) {
        return false;
    }
    const auto param_fits = [&](Role role) { return !operands[role].present() || inner.strides[role] == 1; };
    return inner.kept || !has_params || (param_fits(role_scale) && param_fits(role_shift));
}

// Gives each group of a kind a letter, innermost first and in order; returns how many are placed, or -1. A group
// without params fits a letter with them: its strides of scale and shift are 0. Groups beyond the letters may follow if
// `more`.
template <std::size_t N>
int place(const Layout &layout, bool kept, const bool *letters, int letter_count, bool more,
          std::array<std::int8_t, N> &placed) {
    int next = 0;
    for (int i = layout.count - 1; i >= 0; --i) {
        const Group &group = at(layout.groups, i);
        if (group.kept != kept) {
            continue;
        }
        while (next < letter_count && group.params && !letters[next]) {
            ++next;
        }
        if (next >= letter_count && !more) {
            return -1;
        }
        at(placed, next++) = static_cast<std::int8_t>(i);
    }
    return std::max(next, letter_count);
}

bool serves(const Kernel &kernel, const Layout &layout, const Operands &operands, Plan &plan) {
    const Letters &letters = kernel.letters;
    if (kernel.statistic != operands.statistic || kernel.dtype != operands[role_x].dtype() ||
        (kernel.contiguous && !innermost_fits(layout, operands, letters))) {
        return false;
    }
    plan = {};
    plan.kernel = &kernel;
    plan.kept.fill(-1);
    plan.kept_count = place(layout, true, letters.kept, letters.kept_count, kernel.canonical(), plan.kept);
    return plan.kept_count >= 0 &&
           place(layout, false, letters.reduced, letters.reduced_count, false, plan.reduced) >= 0;
}

// Fewer loops are better; of as many, fewer where scale and shift change inside a statistic group, then contiguous
// ones.
int cost(const Kernel &kernel) {
    const Letters &letters = kernel.letters;
    return 100 * (letters.reduced_count + letters.kept_count) + 10 * letters.reduced_params() +
           (kernel.contiguous ? 0 : 1);
}

}  // namespace

Plan make_plan(const Layout &layout, const Operands &operands, bool canonical) {
    Plan best, candidate;
    for (const Kernel &kernel : kernels()) {
        if ((!canonical || kernel.canonical()) && (best.kernel == nullptr || cost(kernel) < cost(*best.kernel)) &&
            serves(kernel, layout, operands, candidate)) {
            best = candidate;
        }
    }
    if (best.kernel == nullptr) {
        int reduced = 0;
        for (const Group &group : layout.all()) {
            reduced += group.kept ? 0 : 1;
        }
        if (reduced > Letters::max_groups) {
            throw Refusal{"the reduced axes have " + std::to_string(reduced) +
                          " groups of strides that do not merge, at most 4 are supported"};
        }
        throw Refusal{std::string("no kernel is linked for ") + name_of(operands.statistic) + " of " +
                      name_of(operands[role_x].dtype())};
    }
    return best;
}

const Kernel &select_kernel(const Layout &layout, const Operands &operands, bool canonical) {
    try {
        return *make_plan(layout, operands, canonical).kernel;
    } catch (const Refusal &refusal) {
        throw Error(refusal.message);
    }
}

}  // namespace axnorm

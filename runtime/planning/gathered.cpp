#include "gathered.h"

#include <algorithm>

#include "eligible_kernels.h"
#include "part_lengths.h"
#include "slice.h"

namespace axnorm {

using detail::at;

namespace {

int reduced_count(const Layout &layout) {
    return static_cast<int>(std::ranges::count(layout.all(), false, &Group::kept));
}

// Whether all reduced groups are one to the kernel.
bool are_joined(const Layout &layout) {
    return reduced_count(layout) > Letters::max_groups;
}

// The group of the copies that stands for reduced group `i` of the call, counted from the innermost.
int copied_group(const Layout &layout, int i) {
    return are_joined(layout) ? 0 : i;
}

template <class Visit>
void for_each_loop(const Layout &layout, Role role, const Visit &visit) {
    int reduced = reduced_count(layout);
    for (const Group &group : layout.all()) {
        visit(group.kept ? -1 : copied_group(layout, --reduced), TensorLoop{group.extent, at(group.strides, role)});
    }
}

TensorLoops loops_of(const Layout &layout, Role role, int wanted) {
    TensorLoops loops;
    for_each_loop(layout, role, [&](int group, const TensorLoop &loop) {
        if (group == wanted) {
            loops.add(loop);
        }
    });
    return loops;
}

struct ParamsOf {
    bool kept = false, reduced = false;

    explicit ParamsOf(const Layout &layout) {
        for (const Group &group : layout.all()) {
            (group.kept ? kept : reduced) |= group.params;
        }
    }
};

// Rows of a power of 2 would lie in the same few places of the caches, where they are written element by element.
std::int64_t gap_behind(std::int64_t length) {
    return length < 256 ? 0 : 16;
}

}  // namespace

TensorLoops reduced_loops(const Layout &layout, int i, Role role) {
    return loops_of(layout, role, i);
}

TensorLoops kept_loops(const Layout &layout, Role role) {
    return loops_of(layout, role, -1);
}

// Rows of one tile are of several parts, which differ in their params where these change inside of a statistic group:
// so there each row has some of its own.
Layout gathered_layout(const Layout &layout, const Operands &operands) {
    const int reduced = are_joined(layout) ? 1 : reduced_count(layout);
    const ParamsOf params(layout);
    ReducedExtents extents = {1, 1, 1, 1};
    Layout copies;
    copies.elements = layout.elements;
    copies.count = 1 + reduced;
    Group &kept = copies.groups[0];
    kept.kept = true;
    kept.params = params.kept || params.reduced;
    for_each_loop(layout, role_x, [&](int group, const TensorLoop &loop) {
        (group < 0 ? kept.extent : at(extents, group)) *= loop.extent;
    });
    const ReducedExtents lengths = part_lengths(extents);
    std::array<std::int64_t, role_count> stride;
    for (const RoleRow &row : role_rows) {
        const bool is_there = operands[row.role].present() && (row.axes != Axes::kept || !operands.written(row.role));
        at(stride, row.role) = is_there ? 1 : 0;
    }
    for (int i = 0; i < reduced; ++i) {
        Group &group = at(copies.groups, reduced - i);
        group.extent = at(extents, i);
        group.params = params.reduced;
        for (const RoleRow &row : role_rows) {
            if (is_indexed(row.role, false, group.params)) {
                at(group.strides, row.role) = at(stride, row.role);
                at(stride, row.role) *= std::min(at(lengths, i), group.extent);
            }
        }
    }
    for (const RoleRow &row : role_rows) {
        const std::int64_t length = at(stride, row.role);
        at(kept.strides, row.role) = is_indexed(row.role, true, kept.params) ? length + gap_behind(length) : 0;
    }
    return copies;
}

Plan plan_call(const Layout &layout, const Operands &operands, const Machine &machine, bool canonical) {
    const bool is_on_cpu = device_of(operands) == Device::cpu;
    Plan plan;
    if (!is_on_cpu || !are_joined(layout)) {
        plan = make_plan(layout, operands, machine, canonical);
        if (!is_on_cpu || one_group_fits(Slice(plan, layout))) {
            return plan;
        }
    }
    Plan of_parts = find_plan_of_parts(gathered_layout(layout, operands), operands, machine, canonical);
    if (of_parts.kernel != nullptr) {
        of_parts.gathered = true;
        return of_parts;
    }
    if (plan.kernel == nullptr) {
        check_linked(operands);
        refuse_layout(layout, operands, machine.instruction_set);
    }
    return plan;
}

Plan checked_plan(const Pattern &pattern, const Layout &layout, const Operands &operands, const Machine &machine,
                  bool canonical) {
    const Plan plan = plan_call(layout, operands, machine, canonical);
    if (!plan.gathered && layout.elements > 0) {
        check_reach(pattern, Slice(plan, layout));
    }
    return plan;
}

}  // namespace axnorm

#include "layout.h"

#include <algorithm>

#include "axes.h"
#include "refusal.h"

namespace axnorm {

using detail::at;

namespace {

// Stable, and without an allocation.
void sort_by_memory(std::span<Group> axes) {
    for (auto next = axes.begin(); next != axes.end(); ++next) {
        std::rotate(std::upper_bound(axes.begin(), next, *next, is_outside), next, next + 1);
    }
}

// Whether scale or shift has its reduced axes in another order than x. Lengths of kept axes have no say, or the order
// of additions might depend on how many statistic groups there are. Where kept axes have params too, nothing is copied:
// it would be no small part of x.
bool is_out_of_order(std::span<const Group> sorted, Role role) {
    if (std::ranges::any_of(sorted, [](const Group &axis) { return axis.kept && axis.params; })) {
        return false;
    }
    std::int64_t outer = INT64_MAX;
    for (const Group &axis : sorted) {
        const std::int64_t stride = axis.strides[role];
        if (axis.kept || axis.extent <= 1 || stride == 0) {
            continue;
        }
        if (stride > outer) {
            return true;
        }
        outer = stride;
    }
    return false;
}

// Gives the axes the strides of a dense copy in their own order, and returns the loops of the tensor.
TensorLoops reorder_params(std::span<Group> sorted, Role role) {
    TensorLoops loops;
    for (const Group &axis : sorted) {
        if (axis.extent > 1 && axis.strides[role] != 0) {
            loops.add({axis.extent, axis.strides[role]});
        }
    }
    std::int64_t stride = 1;
    for (std::size_t i = sorted.size(); i-- > 0;) {
        if (sorted[i].strides[role] != 0) {
            sorted[i].strides[role] = stride;
            stride *= sorted[i].extent;
        }
    }
    return loops;
}

// A kernel reads and writes what is on its device.
void check_devices(const Operands &operands) {
    const ConstTensorView &x = operands[role_x];
    if (x.device_index() < 0) {
        throw Refusal{concat({"x is on device ", device_name(x), ": the index has to be at least 0"})};
    }
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        const ConstTensorView &tensor = operands[role];
        if (tensor.present() && (tensor.device() != x.device() || tensor.device_index() != x.device_index())) {
            throw Refusal{concat({operands.name_of(role), " is on device ", device_name(tensor), ", x is on device ",
                                  device_name(x)}),
                          ErrorCode::unsupported};
        }
    }
}

bool can_merge(const Group &outer, const Group &inner) {
    if (outer.kept != inner.kept || outer.params != inner.params) {
        return false;
    }
    for (std::size_t role = 0; role < role_count; ++role) {
        if (outer.strides[role] != inner.strides[role] * inner.extent) {
            return false;
        }
    }
    return true;
}

// Merges neighbours of a sorted list. Reduced axes on both sides of a kept axis are not merged even where it has length
// 1: the order of additions must not depend on how many statistic groups there are.
void merge(std::span<const Group> sorted, Layout &layout) {
    bool kept_between = false;
    for (const Group &axis : sorted) {
        layout.elements *= axis.extent;
        if (axis.extent == 1) {
            kept_between = kept_between || axis.kept;
            continue;
        }
        Group *outer = layout.count > 0 ? &at(layout.groups, layout.count - 1) : nullptr;
        if (outer != nullptr && can_merge(*outer, axis) && (axis.kept || !kept_between)) {
            outer->extent *= axis.extent;
            outer->strides = axis.strides;
            outer->axes |= axis.axes;
        } else {
            at(layout.groups, layout.count++) = axis;
        }
        kept_between = false;
    }
}

TensorLoops loops_of_groups(const Layout &layout, Role role) {
    TensorLoops loops;
    for (const Group &group : layout.all()) {
        if (group.strides[role] != 0) {
            loops.add({group.extent, group.strides[role]});
        }
    }
    return loops;
}

// Gives groups the strides of a dense copy of params in their own order.
void widen_params(Layout &layout, Role role) {
    ParamsCopy &copy = at(layout.copies, params_index(role));
    copy.exists = copy.widens = true;
    if (copy.reorders) {
        return;
    }
    copy.from = loops_of_groups(layout, role);
    TensorLoops dense = copy.from;
    make_dense(dense, OwnOrder(dense));
    int next = 0;
    for (int i = 0; i < layout.count; ++i) {
        std::int64_t &stride = at(layout.groups, i).strides[role];
        stride = stride == 0 ? 0 : at(dense.loops, next++).stride;
    }
}

}  // namespace

bool is_outside(const Group &a, const Group &b) {
    if (a.strides[role_y] != b.strides[role_y]) {
        return a.strides[role_y] > b.strides[role_y];
    }
    const auto x_order = [](const Group &group) {
        return group.strides[role_x] == 0 ? INT64_MAX : group.strides[role_x];
    };
    if (x_order(a) != x_order(b)) {
        return x_order(a) > x_order(b);
    }
    return a.extent > 1 && b.extent == 1;
}

std::string Layout::signature() const {
    std::string letters;
    for (const Group &group : all()) {
        letters += group.kept ? (group.params ? 'K' : 'k') : (group.params ? 'R' : 'r');
    }
    return letters;
}

TensorLoops Layout::loops_of(Role role) const {
    return copy_of(role) != nullptr ? copy_of(role)->from : loops_of_groups(*this, role);
}

std::string signature_of_both(const Layout &one, const Layout &other) {
    const std::string letters = one.signature();
    std::string signature;
    for (int i = 0; i < one.count; ++i) {
        const std::int64_t extent = at(one.groups, i).extent;
        signature += letters[static_cast<std::size_t>(i)];
        signature += extent == at(other.groups, i).extent ? std::to_string(extent) : "";
    }
    return signature;
}

UnitStrides innermost_unit_strides(const Layout &layout, const Operands &operands) {
    if (layout.count == 0) {
        return {};
    }
    const auto &strides = at(layout.groups, layout.count - 1).strides;
    UnitStrides unit;
    for (const RoleRow &row : role_rows) {
        const bool fits = !operands[row.role].present() || strides[row.role] == 1;
        unit.data = unit.data && (fits || row.axes != Axes::all);
        unit.params = unit.params && (fits || row.axes != Axes::params);
    }
    return unit;
}

Layout make_layout(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths) {
    try {
        check_devices(operands);
        ShapedAxes shaped = shape_axes(pattern, operands, lengths);
        const std::span<Group> axes(shaped.axes.data(), static_cast<std::size_t>(shaped.count));
        const bool has_params = std::ranges::any_of(
            role_rows, [&](const RoleRow &row) { return row.axes == Axes::params && operands[row.role].present(); });
        const bool is_on_cpu = operands[role_x].device() == Device::cpu;
        const bool is_empty = std::ranges::any_of(axes, [](const Group &axis) { return axis.extent == 0; });
        for (Group &axis : axes) {
            axis.params = axis.params && has_params;
            if (axis.extent > 1 && axis.strides[role_y] == 0 && !is_empty) {
                throw Refusal{"y has stride 0 along " + quoted(pattern, axis)};
            }
        }
        sort_by_memory(axes);
        Layout layout;
        const auto for_each_params = [&](const auto &function) {
            for (const RoleRow &row : role_rows) {
                if (row.axes == Axes::params && operands[row.role].present() && is_on_cpu && !is_empty) {
                    function(row.role);
                }
            }
        };
        for_each_params([&](Role role) {
            if (is_out_of_order(axes, role)) {
                at(layout.copies, params_index(role)) = {true, false, true, reorder_params(axes, role)};
            }
        });
        layout.elements = 1;
        merge(axes, layout);
        for_each_params([&](Role role) {
            if (size_of(operands[role].dtype()) == 2) {
                widen_params(layout, role);
            }
        });
        return layout;
    } catch (const Refusal &refusal) {
        throw with_context(refusal, pattern, operands, lengths);
    }
}

}  // namespace axnorm

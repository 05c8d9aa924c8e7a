#include "overlap.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "byte_set.h"
#include "refusal.h"

namespace axnorm {

namespace {

bool indexes(const Group &group, Role role) {
    return is_indexed(role, group.kept, group.params);
}

// Whether there is a tensor, with elements.
bool has_elements(const Layout &layout, const Operands &operands, Role role) {
    return operands[role].present() &&
           std::ranges::none_of(layout.all(), [&](const Group &g) { return g.extent == 0 && indexes(g, role); });
}

// From the first byte to the last.
ByteRange range_of(const Layout &layout, const Operands &operands, Role role) {
    const std::int64_t size = size_of(operands[role].dtype());
    std::int64_t reach = 0;
    if (layout.copy_of(role) == nullptr) {
        for (const Group &group : layout.all()) {
            reach += (group.extent - 1) * group.strides[role];
        }
    } else {
        for (const TensorLoop &loop : layout.copy_of(role)->from.all()) {
            reach += (loop.extent - 1) * loop.stride;
        }
    }
    return {operands[role].data(), size, reach * size};
}

ByteSet bytes_of(const Layout &layout, const Operands &operands, Role role) {
    const std::int64_t size = size_of(operands[role].dtype());
    ByteSet bytes(operands[role].data(), size);
    const TensorLoops loops = layout.loops_of(role);
    for (const TensorLoop &loop : loops.all()) {
        bytes.add({loop.extent, loop.stride * size});
    }
    return bytes;
}

bool repeats_elements(const Layout &layout, const Operands &operands, Role role) {
    // Groups have more than one index.
    return std::ranges::any_of(layout.all(),
                               [&](const Group &g) { return indexes(g, role) && g.strides[role] == 0; }) ||
           bytes_of(layout, operands, role).repeats();
}

bool in_place(const Layout &layout, const Operands &operands) {
    const ConstTensorView &x = operands[role_x], &y = operands[role_y];
    return x.data() == y.data() && x.dtype() == y.dtype() &&
           std::ranges::all_of(layout.all(), [](const Group &g) { return g.strides[role_x] == g.strides[role_y]; });
}

// Of two tensors whose ranges meet.
bool overlaps(const Layout &layout, const Operands &operands, Role output, Role other) {
    const bool is_in_place = output == role_y && other == role_x && in_place(layout, operands);
    return !is_in_place && bytes_of(layout, operands, output).meets(bytes_of(layout, operands, other));
}

}  // namespace

void check_repeats(const Layout &layout, const Operands &operands) {
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (operands.written(role) && has_elements(layout, operands, role) &&
            repeats_elements(layout, operands, role)) {
            throw Refusal{concat({"elements of ", operands.name_of(role), " overlap each other"})};
        }
    }
}

void check_overlap(const Layout &layout, const Operands &operands) {
    std::array<ByteRange, role_count> ranges;
    std::array<Role, role_count> present{};
    std::size_t count = 0;
    for (const RoleRow &row : role_rows) {
        if (has_elements(layout, operands, row.role)) {
            ranges[row.role] = range_of(layout, operands, row.role);
            present[count++] = row.role;
        }
    }
    const std::span roles = std::span(present).first(count);
    for (const Role output : roles) {
        for (const Role other : roles) {
            if (other != output && operands.written(output) && ranges[output].meets(ranges[other]) &&
                overlaps(layout, operands, output, other)) {
                const bool x_and_y = output == role_y && other == role_x;
                throw Refusal{concat({operands.name_of(output), " overlaps ", operands.name_of(other),
                                      x_and_y ? "; in place they have the same pointer, strides and dtype" : ""})};
            }
        }
    }
}

void check_overlap(const Layout &layout, const Operands &operands, const void *workspace, std::size_t bytes) {
    const ByteSet of_workspace(workspace, static_cast<std::int64_t>(bytes));
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (has_elements(layout, operands, role) && bytes_of(layout, operands, role).meets(of_workspace)) {
            throw Refusal{concat({"the workspace overlaps ", operands.name_of(role)})};
        }
    }
}

}  // namespace axnorm

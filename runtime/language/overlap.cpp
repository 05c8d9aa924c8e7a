#include "overlap.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "refusal.h"
#include "runtime/tuning/thresholds.h"

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

// The loops of a tensor, from the largest stride to the smallest. One of stride 0 adds no address to a tensor that is
// read.
TensorLoops sorted_loops(const Layout &layout, const Operands &operands, Role role) {
    TensorLoops sorted = layout.loops_of(role);
    for (const Group &group : layout.all()) {
        if (operands.written(role) && indexes(group, role) && group.strides[role] == 0) {
            sorted.add({group.extent, 0});
        }
    }
    std::sort(sorted.loops.begin(), sorted.loops.begin() + sorted.count,
              [](TensorLoop a, TensorLoop b) { return a.stride > b.stride; });
    return sorted;
}

// From the first element to the last.
std::int64_t reach_of(const Layout &layout, Role role) {
    std::int64_t reach = 0;
    if (layout.copy_of(role) == nullptr) {
        for (const Group &group : layout.all()) {
            reach += (group.extent - 1) * group.strides[role];
        }
        return reach;
    }
    const TensorLoops loops = layout.loops_of(role);
    for (const TensorLoop &loop : loops.all()) {
        reach += (loop.extent - 1) * loop.stride;
    }
    return reach;
}

// Whether two elements of a tensor, the second moved by `distance`, share an address: whether the sum of step * stride
// is `distance` for some steps with |step| < extent. With `distinct` not all steps are 0. Strides of real tensors are
// nested, so that a step has one or two candidates; past a number of them the answer is yes, which is the safe one.
class Collision {
  public:
    explicit Collision(std::span<const TensorLoop> loops) : loops_(loops) {}

    bool exists(std::int64_t distance, std::int64_t reach, bool distinct) {
        return search(0, distance, reach, distinct);
    }

  private:
    bool search(std::size_t i, std::int64_t distance, std::int64_t reach, bool distinct) {
        if (distance > reach || distance < -reach) {
            return false;
        }
        if (i == loops_.size()) {
            return !distinct;
        }
        if (--budget_ < 0) {
            return true;
        }
        const auto [extent, stride] = loops_[i];
        const std::int64_t inner = reach - (extent - 1) * stride;
        if (stride == 0) {
            return distinct || search(i + 1, distance, inner, distinct);
        }
        const std::int64_t low = std::max(-(extent - 1), -floor_div(inner - distance, stride));
        const std::int64_t high = std::min(extent - 1, floor_div(inner + distance, stride));
        for (std::int64_t step = low; step <= high; ++step) {
            if (search(i + 1, distance - step * stride, inner, distinct && step == 0)) {
                return true;
            }
        }
        return false;
    }

    static std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && a < 0 ? 1 : 0); }

    std::span<const TensorLoop> loops_;
    int budget_ = limits.overlap_steps;
};

bool overlaps(const Layout &layout, const Operands &operands, Role output, Role other) {
    const auto address = [](const ConstTensorView &tensor) {
        return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(tensor.data()));
    };
    const ConstTensorView &a = operands[output], &b = operands[other];
    const std::int64_t size = size_of(a.dtype()), distance = address(b) - address(a), reach = reach_of(layout, output);
    if (distance >= (reach + 1) * size || -distance >= (reach_of(layout, other) + 1) * size_of(b.dtype())) {
        return false;
    }
    const TensorLoops loops = sorted_loops(layout, operands, output),
                      other_loops = sorted_loops(layout, operands, other);
    const bool same_loops = std::ranges::equal(loops.all(), other_loops.all());
    return !same_loops || a.dtype() != b.dtype() || distance % size != 0 ||
           Collision(loops.all()).exists(distance / size, reach, false);
}

bool overlaps_itself(const Layout &layout, const Operands &operands, Role role) {
    const TensorLoops loops = sorted_loops(layout, operands, role);
    return Collision(loops.all()).exists(0, reach_of(layout, role), true);
}

bool in_place(const Layout &layout, const Operands &operands) {
    const ConstTensorView &x = operands[role_x], &y = operands[role_y];
    return x.data() == y.data() && x.dtype() == y.dtype() &&
           std::ranges::all_of(layout.all(), [](const Group &g) { return g.strides[role_x] == g.strides[role_y]; });
}

}  // namespace

void check_overlap(const Layout &layout, const Operands &operands) {
    for (const RoleRow &row : role_rows) {
        const Role output = row.role;
        if (!operands[output].present() || !operands.written(output) || !has_elements(layout, operands, output)) {
            continue;
        }
        if (overlaps_itself(layout, operands, output)) {
            throw Refusal{std::string("elements of ") + name_of(output) + " overlap each other"};
        }
        for (const RoleRow &other_row : role_rows) {
            const Role other = other_row.role;
            if (other == output || !has_elements(layout, operands, other) ||
                (output == role_y && other == role_x && in_place(layout, operands))) {
                continue;
            }
            if (overlaps(layout, operands, output, other)) {
                const bool x_and_y = output == role_y && other == role_x;
                throw Refusal{std::string(name_of(output)) + " overlaps " + name_of(other) +
                              (x_and_y ? "; in place they have the same pointer, strides and dtype" : "")};
            }
        }
    }
}

void check_overlap(const Layout &layout, const Operands &operands, const void *workspace, std::size_t bytes) {
    const auto *begin = static_cast<const char *>(workspace);
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        if (!has_elements(layout, operands, role)) {
            continue;
        }
        const ConstTensorView &tensor = operands[role];
        const auto *first = static_cast<const char *>(tensor.data());
        if (first < begin + bytes && begin < first + (reach_of(layout, role) + 1) * size_of(tensor.dtype())) {
            throw Refusal{std::string("the workspace overlaps ") + name_of(role)};
        }
    }
}

}  // namespace axnorm

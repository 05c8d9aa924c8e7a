#include "overlap.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "refusal.h"

namespace axnorm {
namespace {

// A loop of a tensor: extent > 1, stride in elements.
struct Loop {
    std::int64_t extent, stride;
};

// The loops of a tensor, from the largest stride to the smallest.
struct Loops {
    std::array<Loop, max_axes> loops{};
    int count = 0;
    std::int64_t reach = 0;  // from the first element to the last

    // Of a tensor that is read, a loop of stride 0 adds no address.
    Loops(const Layout &layout, Role role, bool written) {
        for (const Group &group : layout.all()) {
            const bool indexed = role <= role_y || (role >= role_mean ? group.kept : group.params);
            if (indexed && (group.strides[role] != 0 || written)) {
                loops[static_cast<std::size_t>(count++)] = {group.extent, group.strides[role]};
                reach += (group.extent - 1) * group.strides[role];
            }
        }
        std::sort(loops.begin(), loops.begin() + count, [](Loop a, Loop b) { return a.stride > b.stride; });
    }

    bool operator==(const Loops &other) const {
        return count == other.count && std::equal(loops.begin(), loops.begin() + count, other.loops.begin(),
                                                  [](Loop a, Loop b) { return a.extent == b.extent && a.stride == b.stride; });
    }
};

// Whether two elements of a tensor, the second moved by `distance`, share an address: whether the sum of step * stride
// is `distance` for some steps with |step| < extent. With `distinct` not all steps are 0. Strides of real tensors are
// nested, so that a step has one or two candidates; past `budget` of them the answer is yes, which is the safe one.
class Collision {
  public:
    explicit Collision(const Loops &loops) : loops_(loops) {}

    bool exists(std::int64_t distance, bool distinct) { return search(0, distance, loops_.reach, distinct); }

  private:
    bool search(int i, std::int64_t distance, std::int64_t reach, bool distinct) {
        if (distance > reach || distance < -reach) {
            return false;
        }
        if (i == loops_.count) {
            return distance == 0 && !distinct;
        }
        if (--budget_ < 0) {
            return true;
        }
        const auto [extent, stride] = loops_.loops[static_cast<std::size_t>(i)];
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

    const Loops &loops_;
    int budget_ = 10000;
};

std::int64_t address(const ConstTensorView &tensor) {
    return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(tensor.data()));
}

bool overlaps(const ConstTensorView &a, const Loops &a_loops, const ConstTensorView &b, const Loops &b_loops) {
    const std::int64_t size = size_of(a.dtype()), distance = address(b) - address(a);
    const bool disjoint = distance >= (a_loops.reach + 1) * size || -distance >= (b_loops.reach + 1) * size_of(b.dtype());
    if (disjoint || !(a_loops == b_loops) || a.dtype() != b.dtype() || distance % size != 0) {
        return !disjoint;
    }
    return Collision(a_loops).exists(distance / size, false);
}

bool in_place(const Layout &layout, const Operands &operands) {
    const ConstTensorView &x = operands[role_x], &y = operands[role_y];
    return x.data() == y.data() && x.dtype() == y.dtype() &&
           std::all_of(layout.all().begin(), layout.all().end(),
                       [](const Group &group) { return group.strides[role_x] == group.strides[role_y]; });
}

}  // namespace

void check_overlap(const Layout &layout, const Operands &operands) {
    for (const Role role : {role_y, role_mean, role_rstd}) {
        const ConstTensorView &output = operands[role];
        if (!output.present() || !operands.written(role)) {
            continue;
        }
        const Loops loops(layout, role, true);
        if (Collision(loops).exists(0, true)) {
            throw Refusal{std::string("elements of ") + name_of(role) + " overlap each other"};
        }
        for (const Role other : {role_x, role_y, role_scale, role_shift, role_mean, role_rstd}) {
            const ConstTensorView &tensor = operands[other];
            if (other == role || !tensor.present()) {
                continue;
            }
            if (role == role_y && other == role_x && in_place(layout, operands)) {
                continue;
            }
            if (overlaps(output, loops, tensor, Loops(layout, other, operands.written(other)))) {
                throw Refusal{std::string(name_of(role)) + " overlaps " + name_of(other) +
                              (other == role_x && role == role_y ? "; in place they have the same pointer and strides" : "")};
            }
        }
    }
}

}  // namespace axnorm

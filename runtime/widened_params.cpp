#include "widened_params.h"

#include <algorithm>

#include "half.h"

namespace axnorm {

using detail::at;

thread_local std::unique_ptr<WidenedParams::Memory> WidenedParams::spare;

namespace {

// The groups that index a tensor, from the outermost in its own memory to the innermost.
struct Loops {
    std::array<Group *, max_axes> groups{};
    std::size_t count = 0;
    std::size_t elements = 1;

    Loops(Layout &layout, Role role) {
        for (int i = 0; i < layout.count; ++i) {
            Group &group = at(layout.groups, i);
            if (group.strides[role] != 0) {
                groups[count++] = &group;
                elements *= static_cast<std::size_t>(group.extent);
            }
        }
        std::ranges::sort(all(),
                          [role](const Group *a, const Group *b) { return a->strides[role] > b->strides[role]; });
    }
    std::span<Group *> all() { return {groups.data(), count}; }
};

// Returns the end of what it wrote.
float *widen_loops(std::span<Group *const> loops, Role role, DType dtype, const char *from, float *to) {
    const std::int64_t extent = loops.empty() ? 1 : loops[0]->extent,
                       stride = loops.empty() ? 1 : loops[0]->strides[role];
    if (loops.size() < 2) {
        widen(dtype, from, stride, to, extent);
        return to + extent;
    }
    for (std::int64_t i = 0; i < extent; ++i) {
        to = widen_loops(loops.subspan(1), role, dtype, from + i * stride * size_of(dtype), to);
    }
    return to;
}

void make_dense(std::span<Group *const> loops, Role role) {
    std::int64_t stride = 1;
    for (std::size_t i = loops.size(); i-- > 0;) {
        loops[i]->strides[role] = stride;
        stride *= loops[i]->extent;
    }
}

bool is_narrow(const ConstTensorView &tensor) {
    return tensor.present() && size_of(tensor.dtype()) == 2;
}

}  // namespace

WidenedParams::WidenedParams(const Operands &of_call, Layout &layout) : operands_(of_call) {
    std::size_t elements = 0;
    for (const Role role : {role_scale, role_shift}) {
        elements += is_narrow(of_call[role]) ? Loops(layout, role).elements : 0;
    }
    if (elements == 0) {
        return;
    }
    memory_ = spare != nullptr ? std::move(spare) : std::make_unique<Memory>();
    spare = std::move(memory_->next);
    memory_->values.resize(std::max(memory_->values.size(), elements));
    float *to = memory_->values.data();
    for (const Role role : {role_scale, role_shift}) {
        const ConstTensorView &tensor = of_call[role];
        if (!is_narrow(tensor)) {
            continue;
        }
        Loops loops(layout, role);
        std::optional<ConstTensorView> &copy = at(copies_, role - role_scale);
        copy.emplace(to, DType::float32, Extents{});  // kernels go by the layout's strides
        to = widen_loops(loops.all(), role, tensor.dtype(), static_cast<const char *>(tensor.data()), to);
        make_dense(loops.all(), role);
        operands_.tensors[role] = &*copy;
    }
}

WidenedParams::~WidenedParams() {
    if (memory_ != nullptr) {
        memory_->next = std::move(spare);
        spare = std::move(memory_);
    }
}

}  // namespace axnorm

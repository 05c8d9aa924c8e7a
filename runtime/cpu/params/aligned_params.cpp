#include "aligned_params.h"

#include <cstdint>
#include <cstring>

#include "runtime/tuning/thresholds.h"

namespace axnorm {

using detail::at;

namespace {

// Whether a kernel loads vectors of scale and shift with each row: others have a stage for them, or one of each.
bool reads_params_by_row(const Letters &letters) {
    return !letters.kept_innermost && letters.reduced[0] && letters.most == 0 && letters.block_extent() == 0;
}

// How many elements a tensor without gaps has, of which the innermost loop has stride 1; 0 of others.
std::int64_t dense_elements(const Layout &layout, Role role) {
    std::int64_t elements = 1, last = 0;
    for (const Group &group : layout.all()) {
        const std::int64_t stride = group.strides[role];
        if (stride < 0) {
            return 0;
        }
        if (stride != 0) {
            elements *= group.extent;
            last += (group.extent - 1) * stride;
        }
    }
    return last + 1 == elements && at(layout.groups, layout.count - 1).strides[role] == 1 ? elements : 0;
}

}  // namespace

AlignedParams::AlignedParams(const Slice &whole, const Operands &of_call) : operands_(of_call) {
    if (!reads_params_by_row(whole.plan.kernel->letters) || whole.layout.count == 0) {
        return;
    }
    for (const RoleRow &row : role_rows) {
        const Role role = row.role;
        const ConstTensorView &tensor = of_call[role];
        if (row.axes != Axes::params || !tensor.present() ||
            reinterpret_cast<std::uintptr_t>(tensor.data()) % ScratchMemory::alignment == 0) {
            continue;
        }
        const std::int64_t count = dense_elements(whole.layout, role);
        if (count == 0 || whole.layout.elements / count < thresholds().aligned_params_reads) {
            continue;
        }
        const auto bytes = static_cast<std::size_t>(count * size_of(tensor.dtype()));
        std::optional<ScratchMemory> &memory = at(memory_, params_index(role));
        std::memcpy(memory.emplace(bytes).data(), tensor.data(), bytes);
        operands_.tensors[role] = &at(copies_, params_index(role)).emplace(memory->data(), tensor.dtype(), Extents{});
    }
}

}  // namespace axnorm

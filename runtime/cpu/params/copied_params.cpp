#include "copied_params.h"

#include "half.h"
#include "reorder.h"

namespace axnorm {

using detail::at;

namespace {

bool is_narrow(const ConstTensorView &tensor) {
    return size_of(tensor.dtype()) == 2;
}

// Of scale or shift, as kernels read them.
DType dtype_of_copy(const ConstTensorView &tensor) {
    return is_narrow(tensor) ? DType::float32 : tensor.dtype();
}

std::size_t elements_of(const TensorLoops &loops) {
    std::size_t elements = 1;
    for (const TensorLoop &loop : loops.all()) {
        elements *= static_cast<std::size_t>(loop.extent);
    }
    return elements;
}

// Of a copy; the next one begins at a line of the caches, too.
std::size_t bytes_of(const TensorLoops &loops, DType dtype) {
    constexpr std::size_t line = ScratchMemory::alignment;
    return (elements_of(loops) * static_cast<std::size_t>(size_of(dtype)) + line - 1) / line * line;
}

// Memory in the course of a call: each piece begins where the one before it ends.
struct Pieces {
    char *next;

    void *take(const TensorLoops &loops, DType dtype) {
        void *piece = next;
        next += bytes_of(loops, dtype);
        return piece;
    }
};

// Bytes for the pieces of a tensor.
std::size_t bytes_for(const ConstTensorView &tensor, const Layout &layout, Role role) {
    const int copies = !tensor.present() ? 0 : (is_narrow(tensor) ? 1 : 0) + (layout.is_reordered(role) ? 1 : 0);
    return copies == 0 ? 0 : static_cast<std::size_t>(copies) * bytes_of(layout.loops_of(role), dtype_of_copy(tensor));
}

// The loops of a tensor from the outermost in its own memory to the innermost: as indices into `loops`.
struct OwnOrder {
    std::array<int, max_axes> indices{};
    int count;

    explicit OwnOrder(const TensorLoops &loops) : count(loops.count) {
        // By hand: the standard library's sort is 4 KB of code.
        for (int i = 0; i < count; ++i) {
            int place = i;
            for (; place > 0 && stride(loops, at(indices, place - 1)) < stride(loops, i); --place) {
                at(indices, place) = at(indices, place - 1);
            }
            at(indices, place) = i;
        }
    }
    std::span<const int> all() const { return {indices.data(), static_cast<std::size_t>(count)}; }

  private:
    static std::int64_t stride(const TensorLoops &loops, int i) { return at(loops.loops, i).stride; }
};

// Returns the end of what it wrote.
float *widen_loops(const TensorLoops &loops, std::span<const int> order, DType dtype, const char *from, float *to) {
    const TensorLoop loop = order.empty() ? TensorLoop{} : at(loops.loops, order[0]);
    if (order.size() < 2) {
        widen(dtype, from, loop.stride, to, loop.extent);
        return to + loop.extent;
    }
    for (std::int64_t i = 0; i < loop.extent; ++i) {
        to = widen_loops(loops, order.subspan(1), dtype, from + i * loop.stride * size_of(dtype), to);
    }
    return to;
}

// The strides of what widen_loops() wrote.
void make_dense(TensorLoops &loops, std::span<const int> order) {
    std::int64_t stride = 1;
    for (std::size_t i = order.size(); i-- > 0;) {
        at(loops.loops, order[i]).stride = stride;
        stride *= at(loops.loops, order[i]).extent;
    }
}

// A tensor that is not reordered has the loops of the layout's groups.
void set_strides(Layout &layout, Role role, const TensorLoops &loops) {
    int next = 0;
    for (int i = 0; i < layout.count; ++i) {
        std::int64_t &stride = at(layout.groups, i).strides[role];
        if (stride != 0) {
            stride = at(loops.loops, next++).stride;
        }
    }
}

// A tensor as a kernel reads it: where it is, and in the layout its strides.
const void *copy(const ConstTensorView &tensor, Layout &layout, Role role, Pieces &pieces) {
    const void *data = tensor.data();
    TensorLoops loops = layout.loops_of(role);
    if (is_narrow(tensor)) {
        const OwnOrder order(loops);
        auto *wide = static_cast<float *>(pieces.take(loops, DType::float32));
        widen_loops(loops, order.all(), tensor.dtype(), static_cast<const char *>(data), wide);
        make_dense(loops, order.all());
        data = wide;
    }
    if (!layout.is_reordered(role)) {
        set_strides(layout, role, loops);
        return data;
    }
    void *reordered = pieces.take(loops, dtype_of_copy(tensor));
    reorder(loops.all(), size_of(dtype_of_copy(tensor)), data, reordered);
    return reordered;
}

}  // namespace

CopiedParams::CopiedParams(const Operands &of_call, Layout &layout) : operands_(of_call) {
    const std::size_t bytes =
        bytes_for(of_call[role_scale], layout, role_scale) + bytes_for(of_call[role_shift], layout, role_shift);
    if (bytes == 0 || of_call[role_x].device() != Device::cpu) {
        return;
    }
    memory_.emplace(bytes);
    Pieces pieces{static_cast<char *>(memory_->data())};
    for (const Role role : {role_scale, role_shift}) {
        const ConstTensorView &tensor = of_call[role];
        if (bytes_for(tensor, layout, role) > 0) {
            std::optional<ConstTensorView> &of_role = at(copies_, role - role_scale);
            // Kernels go by the layout's strides.
            of_role.emplace(copy(tensor, layout, role, pieces), dtype_of_copy(tensor), Extents{});
            operands_.tensors[role] = &*of_role;
        }
    }
}

}  // namespace axnorm

#include "copied_params.h"

#include "half.h"
#include "reorder.h"

namespace axnorm {

using detail::at;

namespace {

// Of scale or shift, as kernels read them.
DType dtype_of_copy(const ConstTensorView &tensor) {
    return size_of(tensor.dtype()) == 2 ? DType::float32 : tensor.dtype();
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
std::size_t bytes_for(const ConstTensorView &tensor, const ParamsCopy *copy) {
    const int pieces = copy == nullptr ? 0 : (copy->widens ? 1 : 0) + (copy->reorders ? 1 : 0);
    return pieces == 0 ? 0 : static_cast<std::size_t>(pieces) * bytes_of(copy->from, dtype_of_copy(tensor));
}

// Returns the end of what it wrote.
float *widen_loops(const TensorLoops &loops, std::span<const int> order, DType dtype, const char *from, float *to) {
    const TensorLoop loop = order.empty() ? TensorLoop{1, 0} : at(loops.loops, order[0]);
    if (order.size() < 2) {
        widen(dtype, from, loop.stride, to, loop.extent);
        return to + loop.extent;
    }
    for (std::int64_t i = 0; i < loop.extent; ++i) {
        to = widen_loops(loops, order.subspan(1), dtype, from + i * loop.stride * size_of(dtype), to);
    }
    return to;
}

// Returns where the copy is, which has the strides of the layout.
const void *make_copy(const ConstTensorView &tensor, const ParamsCopy &copy, Pieces &pieces) {
    const void *data = tensor.data();
    TensorLoops loops = copy.from;
    if (copy.widens) {
        const OwnOrder order(loops);
        auto *wide = static_cast<float *>(pieces.take(loops, DType::float32));
        widen_loops(loops, order.all(), tensor.dtype(), static_cast<const char *>(data), wide);
        make_dense(loops, order);
        data = wide;
    }
    if (!copy.reorders) {
        return data;
    }
    void *reordered = pieces.take(loops, dtype_of_copy(tensor));
    reorder(loops.all(), size_of(dtype_of_copy(tensor)), data, reordered);
    return reordered;
}

}  // namespace

CopiedParams::CopiedParams(const Operands &of_call, const Layout &layout) : operands_(of_call) {
    std::size_t bytes = 0;
    for (const RoleRow &row : role_rows) {
        bytes += bytes_for(of_call[row.role], layout.copy_of(row.role));
    }
    if (bytes == 0) {
        return;
    }
    memory_.emplace(bytes);
    Pieces pieces{static_cast<char *>(memory_->data())};
    for (const RoleRow &row : role_rows) {
        if (const ParamsCopy *copy = layout.copy_of(row.role); copy != nullptr) {
            const ConstTensorView &tensor = of_call[row.role];
            // Kernels go by the layout's strides.
            operands_.tensors[row.role] =
                &at(copies_, params_index(row.role))
                     .emplace(make_copy(tensor, *copy, pieces), dtype_of_copy(tensor), Extents{});
        }
    }
}

}  // namespace axnorm

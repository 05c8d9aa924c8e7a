#include "tensor_loops.h"

namespace axnorm {

using detail::at;

OwnOrder::OwnOrder(const TensorLoops &loops) : count(loops.count) {
    const auto stride = [&](int i) { return at(loops.loops, i).stride; };
    // By hand: the standard library's sort is 4 KB of code.
    for (int i = 0; i < count; ++i) {
        int place = i;
        for (; place > 0 && stride(at(indices, place - 1)) < stride(i); --place) {
            at(indices, place) = at(indices, place - 1);
        }
        at(indices, place) = i;
    }
}

void make_dense(TensorLoops &loops, const OwnOrder &order) {
    std::int64_t stride = 1;
    for (int i = order.count; i-- > 0;) {
        TensorLoop &loop = at(loops.loops, at(order.indices, i));
        loop.stride = stride;
        stride *= loop.extent;
    }
}

}  // namespace axnorm

// The loops of one tensor: how its elements lie in memory.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "axnorm/pattern.h"

namespace axnorm {

// A loop of a tensor: stride in elements.
struct TensorLoop {
    std::int64_t extent, stride;
    bool operator==(const TensorLoop &) const = default;
};

// Loops from the outermost to the innermost. Those beyond `count` are not written: each call makes some of these.
struct TensorLoops {
    std::array<TensorLoop, max_axes> loops;
    int count = 0;

    TensorLoops() {}  // NOLINT(modernize-use-equals-default): that would zero them

    std::span<const TensorLoop> all() const { return {loops.data(), static_cast<std::size_t>(count)}; }
    void add(const TensorLoop &loop) { detail::at(loops, count++) = loop; }
};

// The loops from the outermost in the tensor's own memory to the innermost: as indices into `loops`.
struct OwnOrder {
    std::array<int, max_axes> indices{};
    int count;

    explicit OwnOrder(const TensorLoops &loops);
    std::span<const int> all() const { return {indices.data(), static_cast<std::size_t>(count)}; }
};

// Gives them the strides of a dense copy in that order.
void make_dense(TensorLoops &loops, const OwnOrder &order);

}  // namespace axnorm

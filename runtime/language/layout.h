// A Pattern met with tensors: axes with extents and strides, merged into groups in memory order.
//
// Batch norm, "b c h w -> c" with params "c": stored NCHW its groups are [b] [c] [h w], signature "rKr"; the same shape
// stored NHWC has [b h w] [c], signature "rK". Here einops order (last axis innermost) turns into that of kernels.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "axnorm/shapes.h"
#include "operands.h"

namespace axnorm {

// Neighbouring axes of equal letter whose strides make them one loop.
struct Group {
    std::int64_t extent = 1;
    std::array<std::int64_t, role_count> strides{};  // in elements; 0 where the tensor is absent or not indexed
    std::uint16_t axes = 0;  // of the pattern, a bit each: merged axes need not be neighbours there
    bool kept = false, params = false;
};

// A loop of a tensor: stride in elements.
struct TensorLoop {
    std::int64_t extent = 1, stride = 0;
    bool operator==(const TensorLoop &) const = default;
};

// Loops from the outermost to the innermost.
struct TensorLoops {
    std::array<TensorLoop, max_axes> loops;
    int count = 0;

    std::span<const TensorLoop> all() const { return {loops.data(), static_cast<std::size_t>(count)}; }
    void add(const TensorLoop &loop) { detail::at(loops, count++) = loop; }
};

struct Layout {
    std::array<Group, max_axes> groups;  // from the outermost in memory to the innermost
    int count = 0;
    std::int64_t elements = 0;  // of x
    // Scale and shift where, inside of a statistic group, their axes lie in another order than those of x. Kernels are
    // given a copy in x's order (runtime/cpu/params/copied_params.h), and the groups have the strides of that; here are
    // the loops of the tensor itself, in the order of the copy. Empty for all others, and on devices, where nothing is
    // copied.
    std::array<TensorLoops, 2> reordered;

    std::span<const Group> all() const { return {groups.data(), static_cast<std::size_t>(count)}; }
    bool is_reordered(Role role) const {
        return (role == role_scale || role == role_shift) && detail::at(reordered, role - role_scale).count > 0;
    }
    // The loops of a tensor of the call, but those of stride 0.
    TensorLoops loops_of(Role role) const;
    // "kKRr"; "" for a single element.
    std::string signature() const;
};

// Where the innermost group has stride 1: in x and y, and in those of scale and shift that are present.
struct UnitStrides {
    bool data = true, params = true;
};
UnitStrides innermost_unit_strides(const Layout &layout, const Operands &operands);

// Checks shapes, strides, dtypes and lengths against the pattern, and merges. Throws Error; no memory is touched.
Layout make_layout(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths);

}  // namespace axnorm

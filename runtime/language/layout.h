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
#include "tensor_loops.h"

namespace axnorm {

// Neighbouring axes of equal letter whose strides make them one loop.
struct Group {
    std::int64_t extent = 1;
    std::array<std::int64_t, role_count> strides{};  // in elements; 0 where the tensor is absent or not indexed
    std::uint16_t axes = 0;  // of the pattern, a bit each: merged axes need not be neighbours there
    bool kept = false, params = false;
};

// What becomes of a tensor of params before a kernel reads it.
struct ParamsCopy {
    bool exists = false;
    bool widens = false;    // 16 bits to float32, densely in the tensor's own order
    bool reorders = false;  // then, inside of a statistic group, to the order of x
    TensorLoops from;       // of the tensor itself, in the order of the groups
};

// Whether axis `a` lies outside of `b` in memory: by y's strides, then by x's, where 0 is outermost. Of equal strides
// the axis of length 1 is inside: that is where it lies in a dense tensor.
bool is_outside(const Group &a, const Group &b);

struct Layout {
    std::array<Group, max_axes> groups;  // from the outermost in memory to the innermost
    int count = 0;
    std::int64_t elements = 0;  // of x
    // Of scale and shift, on the CPU: kernels are given copies, in the layout's strides, of what they do not read as it
    // is (runtime/cpu/params/copied_params.h).
    std::array<ParamsCopy, params_count> copies;

    std::span<const Group> all() const { return {groups.data(), static_cast<std::size_t>(count)}; }
    const ParamsCopy *copy_of(Role role) const {
        const bool is_copied = row_of(role).axes == Axes::params && detail::at(copies, params_index(role)).exists;
        return is_copied ? &detail::at(copies, params_index(role)) : nullptr;
    }
    bool is_reordered(Role role) const { return copy_of(role) != nullptr && copy_of(role)->reorders; }
    // The loops of a tensor of the call, but those of stride 0.
    TensorLoops loops_of(Role role) const;
    // "kKRr"; "" for a single element.
    std::string signature() const;
};

// The signature of two layouts that differ in extents only, with an extent behind each letter whose group has it in
// both.
std::string signature_of_both(const Layout &one, const Layout &other);

// Where the innermost group has stride 1: in x and y, and in those of scale and shift that are present.
struct UnitStrides {
    bool data = true, params = true;
};
UnitStrides innermost_unit_strides(const Layout &layout, const Operands &operands);

// Checks shapes, strides, dtypes and lengths against the pattern, and merges. Throws Error; no memory is touched.
Layout make_layout(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths);

}  // namespace axnorm

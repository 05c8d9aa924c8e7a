// A Pattern met with shapes: its axes with extents, and their strides in each tensor of the call.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "layout.h"

namespace axnorm {

struct ShapedAxes {
    std::array<Group, max_axes> axes;  // groups of one axis, in the order of the left side, the ellipsis expanded
    int count = 0;
};

// Throws Refusal where ranks, shapes, strides, dtypes, devices or lengths do not fit.
ShapedAxes shape_axes(const Pattern &pattern, const Operands &operands, std::span<const NamedLength> lengths);

}  // namespace axnorm

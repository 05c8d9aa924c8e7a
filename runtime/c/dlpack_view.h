// DLTensor -> TensorView: where dtypes, devices, strides and offsets of DLPack become those of axnorm.
//
//     const TensorView x = view_of(tensor, "x");
#pragma once

#include <dlpack/dlpack.h>

#include <span>

#include "axnorm/tensor.h"

namespace axnorm::c_api {

// Throws Refusal, which calls the tensor `name`. The view of a tensor that is only read is read only as well.
TensorView view_of(const DLTensor *tensor, const char *name);

// `count` extents or strides of the tensor `name`. Throws Refusal where it has too many dimensions, or no shape.
std::span<const std::int64_t> checked_shape(const std::int64_t *shape, int ndim, const char *name);

}  // namespace axnorm::c_api

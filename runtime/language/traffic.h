// The bytes of tensors, and those that a call moves at least.
#pragma once

#include "operands.h"

namespace axnorm {

// In double, where no sum overflows; exact up to 9 PB. 0 of an absent tensor.
inline double bytes_of(const ConstTensorView &tensor) {
    double bytes = tensor.present() ? static_cast<double>(size_of(tensor.dtype())) : 0;
    for (const std::int64_t extent : tensor.shape()) {
        bytes *= static_cast<double>(extent);
    }
    return bytes;
}

// Each tensor once.
inline double least_traffic(const Operands &operands) {
    double bytes = 0;
    for (const ConstTensorView *tensor : operands.tensors) {
        bytes += bytes_of(*tensor);
    }
    return bytes;
}

}  // namespace axnorm

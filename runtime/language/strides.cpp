#include "strides.h"

#include <algorithm>
#include <string>

#include "refusal.h"

namespace axnorm {

namespace {

[[noreturn]] void refuse_overflow(const char *name) {
    throw Refusal{concat({"the byte count of ", name, " overflows 64 bits"})};
}

bool is_empty(const Extents &shape) {
    return std::ranges::find(shape, 0) != shape.end();
}

// Of the dimensions from the outermost to the innermost.
Extents dense_strides(const Extents &shape, const char *name) {
    Extents strides = shape;
    std::int64_t stride = 1;
    for (int i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride = checked_product(stride, std::max<std::int64_t>(shape[i], 1), name);
    }
    return strides;
}

}  // namespace

std::int64_t checked_product(std::int64_t a, std::int64_t b, const char *name) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) {
        refuse_overflow(name);
    }
    return product;
}

Extents checked_strides(const ConstTensorView &tensor, const char *name) {
    const Extents &shape = tensor.shape();
    for (const std::int64_t extent : shape) {
        if (extent < 0) {
            throw Refusal{concat({"negative extent ", std::to_string(extent), " in the shape of ", name})};
        }
    }
    if (!tensor.strides()) {
        return dense_strides(shape, name);
    }
    Extents strides = *tensor.strides();
    if (strides.size() != shape.size()) {
        throw Refusal{concat({name, " has ", std::to_string(shape.size()), " dimensions, but ",
                              std::to_string(strides.size()), " strides"})};
    }
    const bool is_used = !is_empty(shape);
    for (int i = 0; i < strides.size(); ++i) {
        if (strides[i] < 0 && is_used && shape[i] != 1) {
            throw Refusal{concat({"negative stride ", std::to_string(strides[i]), " of ", name})};
        }
        if (strides[i] < 0) {
            strides[i] = -std::max(strides[i], -INT64_MAX);
        }
    }
    return strides;
}

void check_span(const ConstTensorView &tensor, const Extents &strides, const char *name) {
    const Extents &shape = tensor.shape();
    std::int64_t elements = 1;
    for (const std::int64_t extent : shape) {
        elements = checked_product(elements, std::max<std::int64_t>(extent, 1), name);
    }
    const std::int64_t size = size_of(tensor.dtype());
    if (is_empty(shape)) {
        checked_product(elements, size, name);
        return;
    }
    std::int64_t last = 0;
    for (int i = 0; i < shape.size(); ++i) {
        const std::int64_t reach = shape[i] == 1 ? 0 : checked_product(shape[i] - 1, strides[i], name);
        if (__builtin_add_overflow(last, reach, &last)) {
            refuse_overflow(name);
        }
    }
    if (last == INT64_MAX) {
        refuse_overflow(name);
    }
    checked_product(last + 1, size, name);
    if (tensor.data() == nullptr) {
        throw Refusal{concat({name, " has a null pointer, but ", std::to_string(elements), " elements"})};
    }
}

}  // namespace axnorm

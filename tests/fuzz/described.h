// Descriptions of tensors: what a call is given, good or bad, and what an element of them is.
#pragma once

#include <dlpack/dlpack.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "axnorm/dtype.h"
#include "input.h"

namespace axnorm::fuzz {

enum Tensor : std::uint8_t { x, y, scale, shift, mean, rstd, given_mean, given_rstd, tensor_count };

// The bytes of its elements, counted from the first one.
struct Range {
    std::int64_t low = 0, high = 0;
};

struct Described {
    static constexpr int most_dimensions = 20;

    bool present = false;
    bool is_null = false;     // no data
    bool misaligned = false;  // the address is not a multiple of the element's size
    DLTensor tensor{nullptr, {kDLCPU, 0}, 0, {kDLFloat, 32, 1}, nullptr, nullptr, 0};
    std::array<std::int64_t, most_dimensions> shape{}, strides{};
    bool has_shape = true, has_strides = true;
    unsigned char *first = nullptr;  // where its first element lies, when it is placed

    void set_shape(std::span<const std::int64_t> extents) {
        tensor.ndim = static_cast<int>(extents.size());
        std::ranges::copy(extents, shape.begin());
    }

    void set_dtype(DType dtype) {
        tensor.dtype.code = static_cast<std::uint8_t>(dtype == DType::bfloat16 ? kDLBfloat : kDLFloat);
        tensor.dtype.bits = static_cast<std::uint8_t>(8 * axnorm::size_of(dtype));
        tensor.dtype.lanes = 1;
    }

    // As a number: one that DLPack does not have is no value of its enumeration.
    void set_device(std::int32_t type) { std::memcpy(&tensor.device.device_type, &type, sizeof(type)); }
    bool is_on_host() const {
        std::int32_t type = 0;
        std::memcpy(&type, &tensor.device.device_type, sizeof(type));
        return type == kDLCPU || type == kDLCUDAHost || type == kDLROCMHost;
    }

    // Of those that axnorm has.
    std::optional<DType> dtype() const {
        const DLDataType &type = tensor.dtype;
        if (type.lanes != 1 || (type.code != kDLFloat && type.code != kDLBfloat)) {
            return {};
        }
        const bool is_float = type.code == kDLFloat;
        switch (type.bits) {
            case 16: return is_float ? DType::float16 : DType::bfloat16;
            case 32: return is_float ? std::optional(DType::float32) : std::nullopt;
            case 64: return is_float ? std::optional(DType::float64) : std::nullopt;
            default: return {};
        }
    }
    std::int64_t size() const { return axnorm::size_of(*dtype()); }

    std::span<const std::int64_t> extents() const {
        return std::span(shape).first(static_cast<std::size_t>(tensor.ndim));
    }
    bool is_empty() const { return std::ranges::find(extents(), 0) != extents().end(); }

    // Of a dimension; dense ones where it has none.
    std::int64_t stride(int d) const {
        if (has_strides) {
            return strides[static_cast<std::size_t>(d)];
        }
        std::int64_t product = 1;
        for (int i = tensor.ndim - 1; i > d; --i) {
            product *= std::max<std::int64_t>(shape[static_cast<std::size_t>(i)], 1);
        }
        return product;
    }

    // Whether the description is one of a tensor, wherever it lies.
    bool is_good() const {
        if (!dtype() || tensor.ndim < 0 || tensor.ndim > 16 || (tensor.ndim > 0 && !has_shape) || misaligned ||
            tensor.byte_offset > most_offset || !is_on_host() ||
            std::ranges::any_of(extents(), [](auto n) { return n < 0; })) {
            return false;
        }
        if (is_empty()) {
            return true;
        }
        for (int d = 0; d < tensor.ndim && has_strides; ++d) {
            if (extents()[static_cast<std::size_t>(d)] > 1 && stride(d) < 0) {
                return false;
            }
        }
        return !is_null;
    }

    // The bytes of a good one, where they and its elements are few.
    std::optional<Range> range() const {
        __int128 elements = 1, reach = 0;
        for (const std::int64_t extent : extents()) {
            elements = std::min<__int128>(elements * std::max<std::int64_t>(extent, 1), 1 << 20);
        }
        if (elements > most_elements) {
            return {};
        }
        if (is_empty()) {
            return Range{};
        }
        for (int d = 0; d < tensor.ndim; ++d) {
            const std::int64_t extent = extents()[static_cast<std::size_t>(d)];
            reach += extent == 1 ? 0 : static_cast<__int128>(extent - 1) * stride(d);
        }
        if (reach >= static_cast<__int128>(most_bytes) / size()) {
            return {};
        }
        return Range{0, (static_cast<std::int64_t>(reach) + 1) * size()};
    }

    // f(address) for each element of one that is placed, in the order of its shape.
    template <typename F>
    void each(const F &f) const {
        if (!is_empty()) {
            walk(0, first, f);
        }
    }

    static constexpr std::uint64_t most_offset = std::uint64_t{1} << 47;  // beyond all addresses
    static constexpr std::int64_t most_elements = 2048, most_bytes = 8192;

  private:
    template <typename F>
    void walk(int d, unsigned char *at, const F &f) const {
        if (d == tensor.ndim) {
            f(at);
            return;
        }
        const std::int64_t extent = extents()[static_cast<std::size_t>(d)];
        const std::int64_t step = extent == 1 ? 0 : stride(d) * size();
        for (std::int64_t i = 0; i < extent; ++i) {
            walk(d + 1, at + i * step, f);
        }
    }
};

}  // namespace axnorm::fuzz

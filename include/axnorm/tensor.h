// Tensors as views over memory that the caller owns: pointer, dtype, shape, optional strides, device.
//
//     axnorm::ConstTensorView x(data, {8, 64, 56, 56});                               // NCHW
//     axnorm::ConstTensorView z(data, {8, 64, 56, 56}, {64 * 56 * 56, 1, 56 * 64, 64});  // the same shape stored NHWC
//     axnorm::ConstTensorView h(bits, axnorm::DType::bfloat16, {8, 1024});               // 16 bits an element
//
//     ConstTensorView d(pointer, DType::float32, {8, 1024}, {}, Device::cuda, 1);        // on the second GPU
//
// A float * or double * says the dtype. For any other pointer name it: 16 bits may be float16 or bfloat16, whatever
// type a program keeps them in (std::uint16_t, _Float16, __bf16, ...).
//
// Shapes and strides are counted in elements, the last dimension is innermost where strides are not given. A view
// holds no more than it says: nothing is checked before a call.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "dtype.h"
#include "error.h"
#include "pattern.h"

namespace axnorm {

// Up to max_axes extents or strides.
class Extents {
  public:
    Extents() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): {8, 64} has to become one.
    Extents(std::initializer_list<std::int64_t> values) : Extents(std::span(values.begin(), values.size())) {}
    explicit Extents(std::span<const std::int64_t> values) {
        if (values.size() > max_axes) {
            throw Error("a tensor has at most 16 dimensions, this one has " + std::to_string(values.size()));
        }
        for (const std::int64_t value : values) {
            detail::at(values_, size_++) = value;
        }
    }

    int size() const { return size_; }
    std::int64_t operator[](int i) const { return detail::at(values_, i); }
    std::int64_t &operator[](int i) { return detail::at(values_, i); }
    const std::int64_t *begin() const { return values_.data(); }
    const std::int64_t *end() const { return values_.data() + size_; }

  private:
    std::array<std::int64_t, max_axes> values_{};
    int size_ = 0;
};

namespace detail {
template <class T>
inline constexpr bool has_dtype = std::same_as<std::remove_cv_t<T>, float> || std::same_as<std::remove_cv_t<T>, double>;
template <class T>
concept WithoutDType = !has_dtype<T>;
}  // namespace detail
#define AXNORM_NAME_THE_DTYPE \
    "axnorm: only float * and double * say what their data is: name a DType, as in (data, DType::bfloat16, shape)"

// A tensor that is read. Default constructed it is absent.
class ConstTensorView {
  public:
    ConstTensorView() = default;
    ConstTensorView(const float *data, const Extents &shape) : ConstTensorView(data, DType::float32, shape) {}
    ConstTensorView(const float *data, const Extents &shape, const Extents &strides)
        : ConstTensorView(data, DType::float32, shape, strides) {}
    // Templates, so that nullptr stays a float *.
    template <std::same_as<double> T>
    ConstTensorView(const T *data, const Extents &shape) : ConstTensorView(data, DType::float64, shape) {}
    template <std::same_as<double> T>
    ConstTensorView(const T *data, const Extents &shape, const Extents &strides)
        : ConstTensorView(data, DType::float64, shape, strides) {}
    // Other data is told its dtype, by the constructor below.
    template <detail::WithoutDType T>
    ConstTensorView(const T *, const Extents &, const Extents & = {}) {
        static_assert(detail::has_dtype<T>, AXNORM_NAME_THE_DTYPE);
    }
    // Without strides the tensor is dense. Devices of a kind are counted as their driver counts them; there is one CPU.
    ConstTensorView(const void *data, DType dtype, const Extents &shape, const std::optional<Extents> &strides = {},
                    Device device = Device::cpu, int device_index = 0)
        : data_(data),
          shape_(shape),
          strides_(strides),
          dtype_(dtype),
          device_(device),
          present_(true),
          device_index_(device == Device::cpu ? 0 : device_index) {}

    bool present() const { return present_; }
    const void *data() const { return data_; }
    DType dtype() const { return dtype_; }
    Device device() const { return device_; }
    int device_index() const { return device_index_; }
    int rank() const { return shape_.size(); }
    const Extents &shape() const { return shape_; }
    const std::optional<Extents> &strides() const { return strides_; }

  private:
    const void *data_ = nullptr;
    Extents shape_;
    std::optional<Extents> strides_;
    DType dtype_ = DType::float32;
    Device device_ = Device::cpu;
    bool present_ = false;
    std::int32_t device_index_ = 0;
};

// A tensor that is written.
class TensorView : public ConstTensorView {
  public:
    TensorView() = default;
    TensorView(float *data, const Extents &shape) : ConstTensorView(data, shape) {}
    TensorView(float *data, const Extents &shape, const Extents &strides) : ConstTensorView(data, shape, strides) {}
    template <std::same_as<double> T>
    TensorView(T *data, const Extents &shape) : ConstTensorView(data, shape) {}
    template <std::same_as<double> T>
    TensorView(T *data, const Extents &shape, const Extents &strides) : ConstTensorView(data, shape, strides) {}
    template <detail::WithoutDType T>
    TensorView(T *, const Extents &, const Extents & = {}) {
        static_assert(detail::has_dtype<T>, AXNORM_NAME_THE_DTYPE);
    }
    TensorView(void *data, DType dtype, const Extents &shape, const std::optional<Extents> &strides = {},
               Device device = Device::cpu, int device_index = 0)
        : ConstTensorView(data, dtype, shape, strides, device, device_index) {}

    void *data() const {
        return const_cast<void *>(ConstTensorView::data());
    }  // every constructor took a non-const one
};

#undef AXNORM_NAME_THE_DTYPE

std::string to_string(const Extents &extents);  // "[8, 64]"

// "cpu", "cuda:1".
std::string device_name(const ConstTensorView &tensor);

// "float32 [8, 64, 56, 56] strides [200704, 1, 3584, 64]", and " on cuda:1" where it is on a device, for messages.
std::string describe(const ConstTensorView &tensor);

}  // namespace axnorm

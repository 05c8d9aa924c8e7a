// The types of elements, which go together in a call, and where they are.
//
//     {DType::bfloat16, DType::float32}: x of bfloat16, y of float32. mean and rstd are float32 then, and so are scale
//     and shift, or bfloat16 as x.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace axnorm {

enum class DType : std::uint8_t { float32, float64, float16, bfloat16 };
inline constexpr std::size_t dtype_count = 4;

// Where the memory of a tensor is. All tensors of a call are on one device; there have to be kernels for it. `cuda` is
// device memory of a GPU of NVIDIA, and calls there are put into a stream: normalize.h. `opencl` is for tests of what a
// GPU runs: no library of axnorm launches such kernels.
enum class Device : std::uint8_t { cpu, cuda, opencl };
inline constexpr std::size_t device_count = 3;

const char *name_of(DType dtype);
const char *name_of(Device device);

// Bytes of an element.
constexpr std::int64_t size_of(DType dtype) {
    return dtype == DType::float64 ? 8 : dtype == DType::float32 ? 4 : 2;
}

// Of mean and rstd, and what kernels compute in.
constexpr DType statistics_dtype(DType x) {
    return x == DType::float64 ? DType::float64 : DType::float32;
}

// Of x and y. Where they differ a kernel casts on the way, by one rounding.
struct DTypePair {
    DType x = DType::float32, y = DType::float32;

    bool operator==(const DTypePair &) const = default;
};
std::string name_of(DTypePair dtypes);  // "float32"; "bfloat16:float32"
std::optional<DTypePair> dtypes_named(std::string_view name);

}  // namespace axnorm

#include "dlpack_view.h"

#include <cstring>
#include <iterator>
#include <string>

#include "runtime/language/refusal.h"

namespace axnorm::c_api {
namespace {

// Debian's DLPack is 0.6. Codes that came later are here by their numbers, as of DLPack 1.3.
struct DTypeCode {
    const char *name;
    int bits;  // that go without saying; 0 where they are a part of the name, as in "int32"
};
constexpr DTypeCode dtype_codes[] = {
    {"int", 0},
    {"uint", 0},
    {"float", 0},
    {"opaque handle", 64},
    {"bfloat", 0},
    {"complex", 0},
    {"bool", 8},
    {"float8_e3m4", 8},
    {"float8_e4m3", 8},
    {"float8_e4m3b11fnuz", 8},
    {"float8_e4m3fn", 8},
    {"float8_e4m3fnuz", 8},
    {"float8_e5m2", 8},
    {"float8_e5m2fnuz", 8},
    {"float8_e8m0fnu", 8},
    {"float6_e2m3fn", 6},
    {"float6_e3m2fn", 6},
    {"float4_e2m1fn", 4},
};
constexpr const char *device_types[] = {
    nullptr, "cpu",       "cuda",    "cuda_host",    "opencl", nullptr,  nullptr,   "vulkan", "metal",    "vpi",
    "rocm",  "rocm_host", "ext_dev", "cuda_managed", "oneapi", "webgpu", "hexagon", "maia",   "trainium",
};

// "int32", "complex64", "bool", "dtype code 42 of 8 bits".
std::string dtype_name(const DLDataType &dtype) {
    const std::string bits = std::to_string(dtype.bits);
    if (dtype.code >= std::size(dtype_codes)) {
        return "dtype code " + std::to_string(dtype.code) + " of " + bits + " bits";
    }
    const DTypeCode &code = dtype_codes[dtype.code];
    if (code.bits == 0) {
        return code.name + bits;
    }
    return code.bits == dtype.bits ? code.name : code.name + (" of " + bits + " bits");
}

DType dtype_of(const DLDataType &dtype, const char *name) {
    if (dtype.lanes != 1) {
        throw Refusal{std::string(name) + " has elements of " + std::to_string(dtype.lanes) + " lanes, 1 is supported",
                      ErrorCode::unsupported};
    }
    if (dtype.code == kDLFloat && dtype.bits == 32) {
        return DType::float32;
    }
    if (dtype.code == kDLFloat && dtype.bits == 64) {
        return DType::float64;
    }
    if (dtype.code == kDLFloat && dtype.bits == 16) {
        return DType::float16;
    }
    if (dtype.code == kDLBfloat && dtype.bits == 16) {
        return DType::bfloat16;
    }
    throw Refusal{"the dtype of " + std::string(name) + " is " + dtype_name(dtype) + ", which is not supported",
                  ErrorCode::unsupported};
}

Device device_of(const DLDevice &device, const char *name) {
    // A code that the enumeration lacks may not be read as one of it.
    std::int32_t type = 0;
    static_assert(sizeof(type) == sizeof(device.device_type));
    std::memcpy(&type, &device.device_type, sizeof(type));
    if (type == kDLCPU || type == kDLCUDAHost || type == kDLROCMHost) {
        return Device::cpu;
    }
    if (type == kDLCUDA) {
        return Device::cuda;
    }
    const auto index = static_cast<std::size_t>(type);  // of a negative one it is large
    const char *known = index < std::size(device_types) ? device_types[index] : nullptr;
    throw Refusal{std::string(name) + " is on device " + (known != nullptr ? known : "type " + std::to_string(type)) +
                      ", which is not supported",
                  ErrorCode::unsupported};
}

// The address of the first element. A null pointer with elements is for the core to refuse.
void *address_of(const DLTensor &tensor, DType dtype, const char *name) {
    const auto begin = reinterpret_cast<std::uintptr_t>(tensor.data);
    const auto offset = [&] { return "byte_offset " + std::to_string(tensor.byte_offset); };
    if (tensor.data == nullptr && tensor.byte_offset != 0) {
        throw Refusal{std::string(name) + " has a null pointer, but " + offset()};
    }
    if (tensor.byte_offset > UINTPTR_MAX - begin) {
        throw Refusal{"the address of " + std::string(name) + " overflows: it has " + offset()};
    }
    const std::int64_t size = size_of(dtype);
    if ((begin + tensor.byte_offset) % static_cast<std::uintptr_t>(size) != 0) {
        throw Refusal{"the address of " + std::string(name) + " is not a multiple of " + std::to_string(size) +
                      ", the size of a " + axnorm::name_of(dtype) + "; it has " + offset()};
    }
    return static_cast<char *>(tensor.data) + tensor.byte_offset;
}

}  // namespace

std::span<const std::int64_t> checked_shape(const std::int64_t *shape, int ndim, const char *name) {
    const auto dimensions = [&] { return std::string(name) + " has " + std::to_string(ndim) + " dimensions"; };
    if (ndim < 0) {
        throw Refusal{dimensions() + ", it has to be at least 0"};
    }
    if (ndim > max_axes) {
        throw Refusal{dimensions() + ", at most " + std::to_string(max_axes) + " are supported"};
    }
    if (ndim > 0 && shape == nullptr) {
        throw Refusal{dimensions() + ", but its shape is NULL"};
    }
    return {shape, static_cast<std::size_t>(ndim)};
}

TensorView view_of(const DLTensor *tensor, const char *name) {
    if (tensor == nullptr) {
        throw Refusal{std::string(name) + " is NULL"};
    }
    const std::span<const std::int64_t> shape = checked_shape(tensor->shape, tensor->ndim, name);
    const DType dtype = dtype_of(tensor->dtype, name);
    const Device device = device_of(tensor->device, name);
    std::optional<Extents> strides;
    if (tensor->strides != nullptr) {
        strides.emplace(std::span<const std::int64_t>(tensor->strides, shape.size()));
    }
    return {address_of(*tensor, dtype, name), dtype, Extents(shape), strides, device, tensor->device.device_id};
}

}  // namespace axnorm::c_api

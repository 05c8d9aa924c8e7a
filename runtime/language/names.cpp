// Names and descriptions for messages.
#include <string>

#include "axnorm/kernel.h"
#include "axnorm/parse.h"
#include "axnorm/tensor.h"
#include "refusal.h"

namespace axnorm {

using detail::at;

const char *name_of(DType dtype) {
    switch (dtype) {
        case DType::float32: return "float32";
        case DType::float64: return "float64";
        case DType::float16: return "float16";
        case DType::bfloat16: return "bfloat16";
    }
    return "unknown dtype";
}

std::string name_of(DTypePair dtypes) {
    const std::string x = name_of(dtypes.x);
    return dtypes.x == dtypes.y ? x : x + ":" + name_of(dtypes.y);
}

std::optional<DTypePair> dtypes_named(std::string_view name) {
    const auto named = [](std::string_view one) -> std::optional<DType> {
        for (const DType dtype : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
            if (one == name_of(dtype)) {
                return dtype;
            }
        }
        return {};
    };
    const std::size_t colon = name.find(':');
    const std::optional<DType> x = named(name.substr(0, colon));
    const std::optional<DType> y = colon == std::string_view::npos ? x : named(name.substr(colon + 1));
    return x && y ? std::optional(DTypePair{*x, *y}) : std::nullopt;
}

const char *name_of(Device device) {
    switch (device) {
        case Device::cpu: return "cpu";
        case Device::cuda: return "cuda";
        case Device::opencl: return "opencl";
    }
    return "unknown device";
}

const char *name_of(Statistic statistic) {
    switch (statistic) {
        case Statistic::mean_var: return "mean_var";
        case Statistic::rms: return "rms";
        case Statistic::given: return "given";
    }
    return "unknown statistic";
}

const char *name_of(InstructionSet instruction_set) {
    switch (instruction_set) {
        case InstructionSet::baseline: return "baseline";
        case InstructionSet::avx2: return "avx2";
        case InstructionSet::avx512: return "avx512";
    }
    return "unknown instruction set";
}

std::string to_string(const Extents &extents) {
    std::string result = "[";
    for (int i = 0; i < extents.size(); ++i) {
        result += (i == 0 ? "" : ", ") + std::to_string(extents[i]);
    }
    return result + "]";
}

std::string describe(const ConstTensorView &tensor) {
    if (!tensor.present()) {
        return "absent";
    }
    std::string result = std::string(name_of(tensor.dtype())) + " " + to_string(tensor.shape());
    if (tensor.strides()) {
        result += " strides " + to_string(*tensor.strides());
    }
    return tensor.device() == Device::cpu ? result : concat({result, " on ", device_name(tensor)});
}

std::string device_name(const ConstTensorView &tensor) {
    const char *name = name_of(tensor.device());
    return tensor.device() == Device::cpu ? name : concat({name, ":", std::to_string(tensor.device_index())});
}

std::string concat(std::initializer_list<std::string_view> texts) {
    std::string result;
    for (const std::string_view text : texts) {
        result += text;
    }
    return result;
}

std::string name_of_axes(const Pattern &pattern, const Group &group) {
    std::string names;
    for (int i = 0; i < pattern.axis_count; ++i) {
        if ((group.axes >> i & 1) != 0) {
            const Axis &axis = at(pattern.axes, i);
            names +=
                (names.empty() ? "" : " ") + (axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name));
        }
    }
    return names;
}

std::string quoted(const Pattern &pattern, const Group &group) {
    std::string result = "axis '";
    result += name_of_axes(pattern, group);
    result += "'";
    return result;
}

Error with_context(const Refusal &refusal, const Pattern &pattern, const Operands &operands,
                   std::span<const NamedLength> lengths, std::string_view end) {
    std::string message = refusal.message + "\n  in pattern '" + std::string(pattern.text) + "'";
    if (!pattern.params_text.empty()) {
        message += ", params '" + std::string(pattern.params_text) + "'";
    }
    for (const NamedLength &given : lengths) {
        message += ", " + std::string(given.name) + " = " + std::to_string(given.length);
    }
    for (const RoleRow &row : role_rows) {
        if (operands[row.role].present()) {
            message += std::string("\n  ") + operands.name_of(row.role) + ": " + describe(operands[row.role]);
        }
    }
    message += end;
    return Error(message, refusal.code);
}

namespace detail {

void pattern_error(const char *message, std::string_view text, std::size_t at) {
    throw Error(std::string(message) + "\n  " + std::string(text) + "\n  " + std::string(at, ' ') + "^",
                ErrorCode::pattern);
}

}  // namespace detail
}  // namespace axnorm

// The tensors of a call without memory: by shape and order in memory, for what is decided before data is touched.
//
//     const DryCall call(parse("b c h w -> c", "c"), {8, 64, 56, 56}, {}, {.memory = "b h w c"});
//     make_layout(call.pattern(), call.operands(), {}).signature();   // "rK"
#pragma once

#include <optional>
#include <string_view>

#include "layout.h"

namespace axnorm {

struct DryOptions {
    std::string_view memory{};  // the axes of x and y from the outermost in memory to the innermost; "": as written
    std::optional<Extents> x_strides{}, y_strides{};  // or in elements
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes{};
    bool params = true;       // scale and shift, where the pattern has params: dense, as params are written
    bool statistics = false;  // mean and rstd: dense, as the right side is written
    Device device = Device::cpu;
    std::optional<DType> params_dtype{};  // that of the statistics where it is not given
};

class DryCall {
  public:
    // Throws Error, also where `memory` is no order of the pattern's axes. The pattern and the texts have to last.
    DryCall(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths,
            const DryOptions &options);
    DryCall(const DryCall &) = delete;
    DryCall &operator=(const DryCall &) = delete;

    const Pattern &pattern() const { return pattern_; }
    const Operands &operands() const { return operands_; }
    Layout layout() const { return make_layout(pattern_, operands_, lengths_); }

  private:
    Pattern pattern_;
    std::span<const NamedLength> lengths_;
    std::array<ConstTensorView, role_count> tensors_;
    Operands operands_;
};

}  // namespace axnorm

// The tensors of a call by role (operand_table.h), and where a call has them from.
#pragma once

#include <array>
#include <cstdint>

#include "axnorm/options.h"
#include "axnorm/tensor.h"
#include "operand_table.h"

namespace axnorm {

constexpr const char *name_of(Role role) {
    return row_of(role).name;
}

struct Operands {
    static inline const ConstTensorView absent{};
    std::array<const ConstTensorView *, role_count> tensors;
    Statistic statistic = Statistic::mean_var;

    Operands() { tensors.fill(&absent); }

    const ConstTensorView &operator[](Role role) const { return *tensors[role]; }
    // As the caller wrote it: given_mean where that is the mean.
    const char *name_of(Role role) const;
    bool written(Role role) const { return is_written(role, statistic); }
};

// The tensors of Options.
struct TensorOption {
    const char *name;
    Role role;
    bool given;  // where the tensor of this role is read, for Statistic::given, it is this one
    ConstTensorView &(*of)(Options &options);
};
inline constexpr std::array<TensorOption, 6> tensor_options = {{
    {"scale", role_scale, false, [](Options &options) -> ConstTensorView & { return options.scale; }},
    {"shift", role_shift, false, [](Options &options) -> ConstTensorView & { return options.shift; }},
    {"mean", role_mean, false, [](Options &options) -> ConstTensorView & { return options.mean; }},
    {"rstd", role_rstd, false, [](Options &options) -> ConstTensorView & { return options.rstd; }},
    {"given_mean", role_mean, true, [](Options &options) -> ConstTensorView & { return options.given_mean; }},
    {"given_rstd", role_rstd, true, [](Options &options) -> ConstTensorView & { return options.given_rstd; }},
}};

// Those of a call. It refers to its arguments.
Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options);

}  // namespace axnorm

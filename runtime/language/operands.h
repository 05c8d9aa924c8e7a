// The tensors of a call by role.
#pragma once

#include <array>
#include <cstdint>

#include "axnorm/options.h"
#include "axnorm/tensor.h"

namespace axnorm {

// The tensors of a call, in the order in which strides are kept.
enum Role : std::uint8_t { role_x, role_y, role_scale, role_shift, role_mean, role_rstd, role_count };

const char *name_of(Role role);

struct Operands {
    static inline const ConstTensorView absent{};
    std::array<const ConstTensorView *, role_count> tensors{&absent, &absent, &absent, &absent, &absent, &absent};
    Statistic statistic = Statistic::mean_var;

    const ConstTensorView &operator[](Role role) const { return *tensors[role]; }
    // mean and rstd are written, but for Statistic::given.
    bool written(Role role) const { return role == role_y || (role >= role_mean && statistic != Statistic::given); }
};

// Those of a call. It refers to its arguments.
Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options);

}  // namespace axnorm

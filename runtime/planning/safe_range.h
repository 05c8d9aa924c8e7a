// Where kernels are exact: statistic groups outside are extreme, and are done again in a wider type
// (generators/cpu/extreme_groups.h, runtime/cpu/extreme_groups.h).
#pragma once

#include <cmath>

namespace axnorm {

// - rstd: above `high_rstd` squares of what is summed may be subnormal, and so have few bits; below `low_rstd` they
//   may be infinite, as may x - mean.
// - |mean| * rstd: of `high_mean` and more the elements are equal, or are a few last places from each other. What
//   rounding makes of the variance then is no less than what it is.
// - eps: a larger one can make (x - mean) * rstd subnormal.
struct SafeRange {
    double low_rstd, high_rstd, high_mean, high_eps;

    // Of a group whose mean and rstd are these, in the type that kernels compute in. No NaN is.
    template <class T>
    bool has(T mean, T rstd, double eps) const {
        const T size = std::abs(rstd);  // given ones may be negative
        return size > low_rstd && size < high_rstd && std::abs(mean) * size < static_cast<T>(high_mean) &&
               eps < high_eps;
    }
};

// Of kernels that compute in float, and in double.
inline constexpr SafeRange safe_floats{0x1p-63, 0x1p60, 0x1p22, 2};
inline constexpr SafeRange safe_doubles{0x1p-511, 0x1p480, 0x1p51, 2};

}  // namespace axnorm

#include "statistic_group.h"

#include <algorithm>

namespace axnorm::test {

namespace {
// Of numbers about as large as the value, which has that error.
double half_of_last_place(double value, double error, DType dtype) {
    const double largest = std::abs(value) + error;
    const int digits = dtype == DType::bfloat16 ? 8 : dtype == DType::float16 ? 11 : dtype == DType::float32 ? 24 : 53;
    const int least = dtype == DType::float16 ? -14 : -126;
    return std::isfinite(largest) ? std::ldexp(1, std::max(std::ilogb(largest), least) - digits) : 0;
}
}  // namespace

Tolerance Tolerance::of(DTypePair wanted) const {
    const double factor = wanted.x == DType::float64 ? 0x1p-28 : wanted.x == DType::float32 ? 1 : 2;
    return {y * factor, mean * factor, rstd * factor, wanted};
}

double Tolerance::rounding_of(double y_expected, double error) const {
    return dtypes.y == dtypes.x && size_of(dtypes.y) > 2 ? 0 : half_of_last_place(y_expected, error, dtypes.y);
}

double Tolerance::mean_error(double mean_expected, double rstd_expected) const {
    const double last_place = dtypes.x == DType::float64 ? 0x1p-52 : 0x1p-23;
    return mean / rstd_expected + std::abs(mean_expected) * last_place;
}

bool close(double actual, double expected, double tolerance) {
    if (!std::isfinite(actual) || !std::isfinite(expected)) {
        return (std::isnan(actual) && std::isnan(expected)) || actual == expected;
    }
    return std::abs(actual - expected) <= tolerance;
}

}  // namespace axnorm::test

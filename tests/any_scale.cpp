#include "any_scale.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "axnorm/axnorm.h"

namespace axnorm::test {

namespace {
long double half_of_least(DType dtype) {
    switch (dtype) {
        case DType::float64: return std::ldexp(1.0L, -1075);
        case DType::float32: return std::ldexp(1.0L, -150);
        case DType::bfloat16: return std::ldexp(1.0L, -134);
        case DType::float16: return std::ldexp(1.0L, -25);
    }
    return 0;
}

// Where the exact result, or one as good, is too large for the dtype, it is infinite.
bool is_right(double actual, long double exact, long double error, DType dtype) {
    if (std::isinf(error)) {
        return true;  // nothing is promised
    }
    if (std::isnan(exact) || std::isinf(exact)) {
        return (std::isnan(actual) && std::isnan(exact)) || actual == exact;
    }
    if (std::isinf(actual)) {
        return actual == rounded(static_cast<double>(exact + std::copysign(error, exact)), dtype);
    }
    return std::abs(actual - exact) <= error;  // never of NaN
}

template <typename Error>
testing::AssertionResult all_right(const char *what, const Values &actual, const std::vector<long double> &exact,
                                   DType dtype, const Error &error) {
    if (actual.size() != exact.size()) {
        return testing::AssertionFailure()
               << what << " has " << actual.size() << " elements, expected " << exact.size();
    }
    std::size_t wrong = 0, first = 0;
    for (std::size_t i = actual.size(); i-- > 0;) {
        if (!is_right(actual[i], exact[i], error(i) + half_of_least(dtype), dtype)) {
            ++wrong;
            first = i;
        }
    }
    if (wrong == 0) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << wrong << " of " << actual.size() << " elements of " << what
                                       << " are wrong, first " << what << "[" << first << "] = " << actual[first]
                                       << ", expected " << exact[first] << ", error "
                                       << std::abs(actual[first] - exact[first]) << " above "
                                       << error(first) + half_of_least(dtype);
}
}  // namespace

testing::AssertionResult y_right(const Values &y, const WideExpected &expected, const Tolerance &tolerance) {
    return all_right("y", y, expected.y, tolerance.dtypes.y, [&](std::size_t i) -> long double {
        const DType computed = statistics_dtype(tolerance.dtypes.x);
        const long double most = computed == DType::float64 ? 0x1p1023L : 0x1p127L;
        const bool is_given = expected.rstd.empty(), is_fused = std::string_view(cpu_isa()) != "baseline";
        if ((is_given && std::abs(expected.normalized[i]) >= most) ||
            (!is_fused && std::abs(expected.normalized[i] * expected.scale[i]) >= most)) {
            return std::numeric_limits<long double>::infinity();
        }
        const long double error = tolerance.y * std::max(expected.size[i], expected.spread[i]) +
                                  half_of_least(computed) * (2 * std::abs(expected.scale[i]) + 1);
        return error + tolerance.rounding_of(static_cast<double>(expected.y[i]), static_cast<double>(error));
    });
}

testing::AssertionResult mean_right(const Values &mean, const WideExpected &expected, const Tolerance &tolerance) {
    const DType dtype = statistics_dtype(tolerance.dtypes.x);
    const long double last_place = dtype == DType::float64 ? 0x1p-52L : 0x1p-23L;
    return all_right("mean", mean, expected.mean, dtype, [&](std::size_t i) {
        return tolerance.mean * expected.std[i] + std::abs(expected.mean[i]) * last_place;
    });
}

testing::AssertionResult rstd_right(const Values &rstd, const WideExpected &expected, const Tolerance &tolerance) {
    return all_right("rstd", rstd, expected.rstd, statistics_dtype(tolerance.dtypes.x),
                     [&](std::size_t i) { return tolerance.rstd * expected.rstd[i]; });
}

}  // namespace axnorm::test

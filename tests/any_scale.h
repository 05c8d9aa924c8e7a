// Whether results are right at any scale of what goes in: against the reference in long double, with bounds that are
// relative to what a result consists of, where those of reference.h are those of numbers about 1.
//
//     const WideExpected expected = wide_by_pattern("b c -> b", "", {2, 4}, {}, x, {.eps = 0});
//     EXPECT_TRUE(y_right(y.get(), expected, Tolerance().of({DType::float32, DType::float32})));
//
// An element of y may be off by the tolerance, times the largest of |y - shift|,
// |shift|, and what one std of x comes to in y: a mean is as good as its error is small beside the std, however far
// from 0 it is, and of deviations that vanish nothing may be left. What is stored adds half of the least number of its
// dtype, and what is computed with in float or double, y and (x - mean) * rstd, the least number of that. So
// a result is finite wherever the exact one is finite in the dtype; where that is too large, it is infinite. With given
// statistics (x - mean) * rstd has to be finite, too, and without fused multiply-adds that times scale.
#pragma once

#include <gtest/gtest.h>

#include "reference/statistic_group.h"

namespace axnorm::test {

testing::AssertionResult y_right(const Values &y, const WideExpected &expected, const Tolerance &tolerance);
testing::AssertionResult mean_right(const Values &mean, const WideExpected &expected, const Tolerance &tolerance);
testing::AssertionResult rstd_right(const Values &rstd, const WideExpected &expected, const Tolerance &tolerance);

}  // namespace axnorm::test

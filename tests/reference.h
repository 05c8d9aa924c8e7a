// What a normalization should give, in double, by loops over the axes as they are written: nothing here knows of memory
// order, merging or signatures, so that a mistake in them cannot hide.
//
//     Expected expected = batch_nchw(x, {32, 64, 56, 56}, {.scale = &scale, .shift = &shift, .eps = 1e-5});
//     EXPECT_TRUE(y_close(y.get(), expected));
#pragma once

#include <gtest/gtest.h>

#include "reference/statistic_group.h"

namespace axnorm::test {

// The normalizations of the note, a nest of loops each. Shapes are as the name says; params are those of the pattern.
Expected batch_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options);     // b h w c -> c, c
Expected batch_nchw(const Values &x, const Shape &shape, const ReferenceOptions &options);     // b c h w -> c, c
Expected layer(const Values &x, const Shape &shape, const ReferenceOptions &options);          // b c h w -> b, c h w
Expected instance(const Values &x, const Shape &shape, const ReferenceOptions &options);       // b c h w -> b c, c
Expected instance_nhwc(const Values &x, const Shape &shape, const ReferenceOptions &options);  // b h w c -> b c, c
// b (g n) h w -> b g with params (g n), and b h w (g n) -> b g.
Expected group(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options);
Expected group_nhwc(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &options);

testing::AssertionResult y_close(const Values &y, const Expected &expected, const Tolerance &tolerance = {});
testing::AssertionResult mean_close(const Values &mean, const Expected &expected, const Tolerance &tolerance = {});
testing::AssertionResult rstd_close(const Values &rstd, const Expected &expected, const Tolerance &tolerance = {});

}  // namespace axnorm::test

// Random calls at random scales against the reference in long double, each by the exact kernel and by the canonical
// ones.
#include <gtest/gtest.h>

#include "long_tests.h"
#include "random_scales.h"
#include "sanitizers.h"

namespace axnorm::test {
namespace {

// Blocks, each with seeds of its own. AXNORM_RANDOM_CALLS=1000000 says how many calls there are.
constexpr std::uint64_t cases = 100;
const std::uint64_t blocks = random_calls(sanitized ? 500 : 2000) / cases;

class RandomScaledCalls : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomScaledCalls, AreRight) {
    for (std::uint64_t seed = GetParam() * cases; seed < (GetParam() + 1) * cases && !HasFailure(); ++seed) {
        RandomCase exact(seed);
        const RandomScales scales(exact);
        SCOPED_TRACE(exact.describe() + "\n  " + scales.describe());
        exact.call(exact.y, exact.mean, exact.rstd, false);
        scales.expect_right(exact);
        RandomCase canonical(seed);  // the same one again, in memory of its own
        const RandomScales same(canonical);
        canonical.call(canonical.y, canonical.mean, canonical.rstd, true);
        EXPECT_TRUE(same_bits(exact.y.get(), canonical.y.get()));
        EXPECT_TRUE(same_bits(exact.mean.get(), canonical.mean.get()));
        EXPECT_TRUE(same_bits(exact.rstd.get(), canonical.rstd.get()));
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomScaledCalls, testing::Range<std::uint64_t>(0, blocks));

}  // namespace
}  // namespace axnorm::test

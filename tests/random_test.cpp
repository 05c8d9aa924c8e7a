// Random calls against the reference by axis name, each by the exact kernel and by the canonical ones.
#include <gtest/gtest.h>

#include "random_case.h"
#include "sanitizers.h"

namespace axnorm::test {
namespace {

// Blocks of a hundred cases, each with a seed: 3000 in all.
constexpr std::uint64_t blocks = sanitized ? 6 : 30, cases = 100;

class RandomCalls : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomCalls, MatchTheReferenceAndTheCanonicalKernels) {
    for (std::uint64_t seed = GetParam() * cases; seed < (GetParam() + 1) * cases && !HasFailure(); ++seed) {
        const RandomCase exact(seed);
        const RandomCase canonical(seed);  // the same one again, in memory of its own
        SCOPED_TRACE(exact.describe());
        exact.call(exact.y, exact.mean, exact.rstd, false);
        expect_as_the_reference(exact);
        canonical.call(canonical.y, canonical.mean, canonical.rstd, true);
        EXPECT_TRUE(same_bits(exact.y.get(), canonical.y.get()));
        EXPECT_TRUE(same_bits(exact.mean.get(), canonical.mean.get()));
        EXPECT_TRUE(same_bits(exact.rstd.get(), canonical.rstd.get()));
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCalls, testing::Range<std::uint64_t>(0, blocks));

}  // namespace
}  // namespace axnorm::test

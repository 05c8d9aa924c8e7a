// Random calls on a device against the reference by axis name, as random_test.cpp has them on the CPU: by the kernel
// that is chosen, and by the canonical one, whose bits are others here.
#include <gtest/gtest.h>

#include "../long_tests.h"
#include "backend.h"
#include "random_case.h"

namespace axnorm::test {
namespace {

constexpr std::uint64_t blocks = 4;
const std::uint64_t cases = long_tests() ? 30 : 10;

// Whether the call of the case is refused; what has more than four reduced groups may be.
bool refused(const RandomCase &c, bool canonical) {
    try {
        OnDevice memory;
        c.call(c.y, c.mean, c.rstd, canonical, [&](const Tensor &tensor) { return memory.out(tensor); });
        memory.fetch();
        return false;
    } catch (const Error &error) {
        EXPECT_GT(c.reduced_axes, 4) << error.what();
        EXPECT_NE(std::string(error.what()).find("at most 4"), std::string::npos) << error.what();
        return true;
    }
}

class RandomDeviceCalls : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomDeviceCalls, MatchTheReference) {
    std::uint64_t done = 0;
    for (std::uint64_t seed = GetParam() * cases; seed < (GetParam() + 1) * cases && !HasFailure(); ++seed) {
        for (const bool canonical : {false, true}) {
            const RandomCase c(seed, device_under_test);
            SCOPED_TRACE(c.describe() + (canonical ? ", canonical" : ""));
            if (!refused(c, canonical)) {
                ++done;
                expect_as_the_reference(c);
            }
        }
    }
    EXPECT_TRUE(HasFailure() || done > 2 * cases * 8 / 10) << "too many of the random calls were refused";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomDeviceCalls, testing::Range<std::uint64_t>(0, blocks));

}  // namespace
}  // namespace axnorm::test

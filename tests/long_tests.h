// How much is tested: what everybody waits for, or, where AXNORM_LONG_TESTS is set, as by `scripts/test full`, the
// grids of which the others are a choice.
#pragma once

#include <cstdlib>

namespace axnorm::test {

inline bool long_tests() {
    return std::getenv("AXNORM_LONG_TESTS") != nullptr;
}

}  // namespace axnorm::test

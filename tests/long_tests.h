// How much is tested: what everybody waits for, or, where AXNORM_LONG_TESTS is set, as by `scripts/test full`, the
// grids of which the others are a choice.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace axnorm::test {

inline bool long_tests() {
    return std::getenv("AXNORM_LONG_TESTS") != nullptr;
}

// How many random calls there are: as many as AXNORM_RANDOM_CALLS says, for a night.
inline std::uint64_t random_calls(std::uint64_t usual) {
    const char *asked = std::getenv("AXNORM_RANDOM_CALLS");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : usual;
}

}  // namespace axnorm::test

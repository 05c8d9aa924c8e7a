// Where there is no memory for what a kernel works in, the call fails by the error for memory, and the next one works.
#include <axnorm_default.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

#include "sanitizers.h"

namespace axnorm::test {
namespace {

// Leaves the process so much more address space than it has.
void limit_address_space(std::size_t bytes) {
    std::FILE *file = std::fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (file == nullptr || std::fscanf(file, "%lu", &pages) != 1) {
        std::exit(10);
    }
    std::fclose(file);
    const rlimit limit{pages * static_cast<unsigned long>(sysconf(_SC_PAGESIZE)) + bytes, RLIM_INFINITY};
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        std::exit(11);
    }
}

void lift_limit() {
    const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
}

// Batch norm of many channels, whose sums by channel and block are in scratch memory. The exit code says what happened.
[[noreturn]] void run_without_memory() {
    constexpr std::int64_t rows = 4, channels = 4000000;
    std::vector<float> x(rows * channels), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i / channels);  // 0, 1, 2 and 3 of each channel
    }
    const auto call = [&] {
        normalize<"b c -> c">({x.data(), {rows, channels}}, {y.data(), {rows, channels}}, {.parallel = {.threads = 1}});
    };
    limit_address_space(1 << 20);
    int failures = 0;
    for (int i = 0; i < 3; ++i) {
        try {
            call();
        } catch (const std::bad_alloc &error) {
            failures +=
                std::string_view(error.what()).find("found no memory to work in") != std::string_view::npos ? 1 : 0;
        }
    }
    lift_limit();
    if (failures != 3) {
        std::exit(failures);
    }
    call();
    const bool right = y[0] < -1.34F && y[3 * channels] > 1.34F && y[0] == y[channels - 1];
    std::exit(right ? 42 : 12);
}

TEST(MemoryDeathTest, KernelsWithoutScratchMemoryFail) {
    if (sanitized) {
        GTEST_SKIP() << "sanitizers need address space of their own";
    }
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(run_without_memory(), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace axnorm::test

// Processes that are forked while other threads are in calls.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "axnorm/axnorm.h"
#include "long_tests.h"
#include "runtime/halide/errors.h"
#include "runtime/tuning/thresholds.h"
#include "sanitizers.h"

namespace axnorm::test {
namespace {

// A call that threads are worth while for.
struct ThreadedCall {
    static constexpr std::int64_t rows = 70, columns = 1000;

    std::vector<float> x{std::vector<float>(rows * columns)}, y{std::vector<float>(rows * columns)};

    ThreadedCall() {
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = i % 2 == 0 ? 1.0f : 3.0f;
        }
    }
    void run(int threads) {
        normalize<"b c -> b">({x.data(), {rows, columns}}, {y.data(), {rows, columns}},
                              {.eps = 0, .parallel = {.threads = threads}});
    }
    bool is_right() const {
        for (std::size_t i = 0; i < y.size(); ++i) {
            if (y[i] != (i % 2 == 0 ? -1.0f : 1.0f)) {
                return false;
            }
        }
        return true;
    }
};

// Runs it in a child, which is killed where it takes half a minute. Its exit code, or that of a shell for a signal.
template <class Child>
int run_in_child(const Child &child) {
    std::fflush(nullptr);
    const pid_t id = fork();
    if (id == 0) {
        alarm(30);
        child();
        std::_Exit(99);
    }
    int status = 0;
    EXPECT_EQ(waitpid(id, &status, 0), id);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::size_t threads_there_are() {
    const std::filesystem::directory_iterator all("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

[[noreturn]] void call_and_exit() {
    ThreadedCall call;
    call.run(2);
    const std::size_t threads = std::min(std::thread::hardware_concurrency(), 2u);
    std::_Exit(!call.is_right() ? 1 : threads_there_are() != threads ? 2 : 0);
}

TEST(Fork, ChildrenHaveThreadsOfTheirOwn) {
    ThreadedCall call;
    call.run(2);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(run_in_child(call_and_exit), 0);
    }
    call.run(2);
    EXPECT_TRUE(call.is_right());
}

TEST(Fork, WhileOtherThreadsAreInCalls) {
    if (sanitized) {
        GTEST_SKIP() << "a child may find the allocator of AddressSanitizer locked";
    }
    std::atomic<bool> ends{false};
    std::vector<std::thread> callers;
    for (int threads = 1; threads <= 3; ++threads) {
        callers.emplace_back([&ends, threads] {
            for (ThreadedCall call; !ends;) {
                call.run(threads);
                use_thresholds(thresholds());
                EXPECT_EQ(halide_message(), "");
            }
        });
    }
    for (int i = 0; i < (long_tests() ? 1000 : 300); ++i) {
        ASSERT_EQ(run_in_child([i] { i % 10 != 0 ? call_and_exit() : std::exit(0); }), 0) << i;
    }
    ends = true;
    for (std::thread &caller : callers) {
        caller.join();
    }
}

}  // namespace
}  // namespace axnorm::test

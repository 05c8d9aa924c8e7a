// The time of a call in microseconds: the fastest of several runs, each of enough calls for the clock.
//
//     double us = fastest([&] { std::memcpy(to, from, bytes); });
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

template <class F>
double fastest(F call) {
    using Clock = std::chrono::steady_clock;
    constexpr int runs = 12;
    constexpr double run_us = 400;  // 12 of them: 5 ms
    const auto time_of = [&](int calls) {
        const Clock::time_point start = Clock::now();
        for (int i = 0; i < calls; ++i) {
            call();
            asm volatile("" ::: "memory");  // what was written counts as read
        }
        return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / calls;
    };
    time_of(1);  // touches the memory, resolves the kernel
    const int calls = static_cast<int>(std::clamp(run_us / std::max(time_of(1), 0.1), 1.0, 4000.0));
    double best = std::numeric_limits<double>::max();
    for (int run = 0; run < runs; ++run) {
        best = std::min(best, time_of(calls));
    }
    return best;
}

// Work for threads: a range of indices, divided.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "runtime/system/thread_pool.h"

namespace axnorm {

// A thread that sleeps wakes up late, and finds something to do where there are more tasks than threads: two calls of
// half a millisecond each, 10 ms after the last one, were as slow with two tasks on two threads as on one.
inline constexpr int tasks_of_thread = 4;

// Less than this is not worth a task.
inline constexpr std::int64_t least_elements = 16384;

// How many tasks `threads` threads make of `elements` elements.
inline int tasks_for(std::int64_t elements, int threads) {
    const auto most = static_cast<int>(std::min<std::int64_t>(elements / least_elements + 1, INT32_MAX));
    return std::clamp(most, threads, threads * tasks_of_thread);
}

// Calls run(begin, end), which returns an error code, for ranges that cover [0, count), of a multiple of `grain` but
// the last. Returns 0, or one of the error codes.
template <class F>
int run_tasks(ThreadPool *pool, std::int64_t count, std::int64_t grain, int tasks, const F &run) {
    const std::int64_t units = (count + grain - 1) / grain, step = (units + tasks - 1) / tasks * grain;
    const auto ranges = static_cast<int>((count + step - 1) / step);
    if (ranges <= 1) {
        return run(std::int64_t{0}, count);
    }
    struct Context {
        const F &run;
        std::int64_t count, step;
        std::atomic<int> error = 0;
    } context{run, count, step};
    const auto task = [](void *data, int index) {
        auto &c = *static_cast<Context *>(data);
        const std::int64_t begin = index * c.step;
        if (const int error = c.run(begin, std::min(begin + c.step, c.count)); error != 0) {
            c.error = error;
        }
    };
    parallel_for(pool, ranges, task, &context);
    return context.error;
}

}  // namespace axnorm

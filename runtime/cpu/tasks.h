// Work for threads: a range of indices, divided.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "float_environment.h"
#include "runtime/system/thread_pool.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {

// Of `threads` threads.
inline int most_tasks(int threads) {
    return static_cast<int>(std::min<std::int64_t>(threads * thresholds().tasks_of_thread, INT32_MAX));
}

// How many tasks `threads` threads make of `elements` elements.
inline int tasks_for(std::int64_t elements, int threads) {
    const auto most = static_cast<int>(std::min<std::int64_t>(elements / thresholds().task_elements + 1, INT32_MAX));
    return std::clamp(most, threads, most_tasks(threads));
}

// Calls run(begin, end), which returns an error code, for ranges that cover [0, count), of a multiple of `grain` but
// the last, on `threads` threads at most. Returns 0, or one of the error codes.
template <class F>
int run_tasks(ThreadPool *pool, int threads, std::int64_t count, std::int64_t grain, int tasks, const F &run) {
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
        const FloatEnvironment environment;
        auto &c = *static_cast<Context *>(data);
        const std::int64_t begin = index * c.step;
        if (const int error = c.run(begin, std::min(begin + c.step, c.count)); error != 0) {
            c.error = error;
        }
    };
    parallel_for(pool, ranges, threads, task, &context);
    return context.error;
}

}  // namespace axnorm

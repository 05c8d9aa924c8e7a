#include "thread_pool.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include "axnorm/error.h"

namespace axnorm {
namespace {

struct Task {
    void (*run)(void *context, int index);
    void *context;
};

int run_task(void *, int index, std::uint8_t *closure) {
    const auto *task = reinterpret_cast<const Task *>(closure);
    task->run(task->context, index);
    return 0;
}

int initial_threads() {
    const char *value = std::getenv("AXNORM_NUM_THREADS");
    if (value != nullptr && *value != '\0') {
        char *end = nullptr;
        const long threads = std::strtol(value, &end, 10);
        if (*end != '\0' || threads < 1 || threads > INT32_MAX) {
            throw Error("AXNORM_NUM_THREADS is '" + std::string(value) + "', it has to be a number of at least 1");
        }
        return static_cast<int>(threads);
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::atomic<int> &default_threads() {
    static std::atomic<int> threads = initial_threads();
    return threads;
}

}  // namespace

void parallel_for(ThreadPool *pool, int count, void (*task)(void *context, int index), void *context) {
    if (pool != nullptr) {
        pool->run(count, task, context);
    } else {
        Task closure{task, context};
        halide_do_par_for(nullptr, run_task, 0, count, reinterpret_cast<std::uint8_t *>(&closure));
    }
}

void set_num_threads(int threads) {
    if (threads < 1) {
        throw Error("set_num_threads: " + std::to_string(threads) + " threads, at least 1 is needed");
    }
    default_threads() = threads;
}

int num_threads() {
    return default_threads();
}

}  // namespace axnorm

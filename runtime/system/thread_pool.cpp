#include "thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "available_cpus.h"
#include "axnorm/error.h"
#include "workers.h"

namespace axnorm {
namespace {

// A call is divided for no more threads than the machine has processors, but for this many, so that all machines
// divide in as many ways; and for no more than the other with a pool of the caller, which says nothing of itself.
constexpr int always_divided = 8, most_of_pools = 1024;

constinit std::atomic<int> default_threads{0};  // 0: not known yet

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
    return available_cpus();
}

int processors() {
    static constinit std::atomic<int> count{0};
    int known = count.load(std::memory_order_relaxed);
    if (known == 0) {
        known = static_cast<int>(std::clamp<long>(sysconf(_SC_NPROCESSORS_ONLN), 1, INT16_MAX));
        count.store(known, std::memory_order_relaxed);
    }
    return known;
}

}  // namespace

int threads_of(const Parallel &parallel) {
    const int most = parallel.pool != nullptr ? most_of_pools : std::max(processors(), always_divided);
    return std::min(parallel.threads > 0 ? parallel.threads : num_threads(), most);
}

void parallel_for(ThreadPool *pool, int count, int threads, void (*task)(void *context, int index), void *context) {
    if (pool != nullptr) {
        pool->run(count, task, context);
    } else {
        run_on_workers(count, std::min(threads, processors()), task, context);
    }
}

void set_num_threads(int threads) {
    num_threads();  // throws where the environment is wrong, as each call does
    if (threads < 1) {
        throw Error("set_num_threads: " + std::to_string(threads) + " threads, at least 1 is needed");
    }
    default_threads = threads;
}

int num_threads() {
    int threads = default_threads;
    if (threads == 0) {
        const int initial = initial_threads();
        threads = default_threads.compare_exchange_strong(threads, initial) ? initial : threads;
    }
    return threads;
}

}  // namespace axnorm

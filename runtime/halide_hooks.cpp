#include "halide_hooks.h"

#include <HalideRuntime.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "axnorm/error.h"
#include "axnorm/kernel.h"
#include "isa.h"
#include "scratch_memory.h"

namespace axnorm {
namespace {

enum class Isa { baseline, avx2, avx512 };

Isa max_isa() {
    const char *name = std::getenv("AXNORM_MAX_CPU_ISA");
    const std::string_view value = name != nullptr && *name != '\0' ? name : "avx512";
    if (value != "baseline" && value != "avx2" && value != "avx512") {
        throw Error("AXNORM_MAX_CPU_ISA is '" + std::string(value) + "', it has to be baseline, avx2 or avx512");
    }
    return value == "baseline" ? Isa::baseline : value == "avx2" ? Isa::avx2 : Isa::avx512;
}

bool has_feature(const std::uint64_t *features, halide_target_feature_t feature) {
    return (features[feature / 64] >> (feature % 64) & 1) != 0;
}

// Asked by the entry of each kernel for its most demanding instruction set first.
int can_use_target_features(int count, const std::uint64_t *features) {
    static const Isa isa = max_isa();
    if ((isa < Isa::avx2 && has_feature(features, halide_target_feature_avx)) ||
        (isa < Isa::avx512 && has_feature(features, halide_target_feature_avx512))) {
        return 0;
    }
    return halide_default_can_use_target_features(count, features);
}

std::mutex message_mutex;
std::string message;

// Halide's own handler aborts the process.
void keep_message(void *, const char *text) {
    const std::lock_guard lock(message_mutex);
    message = text;
}

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

void install_halide_hooks() {
    static const bool installed = [] {
        max_isa();  // throws here, where no kernel is above on the stack
        halide_set_custom_can_use_target_features(can_use_target_features);
        halide_set_error_handler(keep_message);
        install_scratch_memory();
        return true;
    }();
    (void)installed;
}

std::string halide_message() {
    const std::lock_guard lock(message_mutex);
    return message;
}

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

const char *cpu_isa() {
    const auto can_use = [](std::initializer_list<halide_target_feature_t> wanted) {
        std::uint64_t features[(halide_target_feature_end + 63) / 64]{};
        for (const halide_target_feature_t feature : wanted) {
            features[feature / 64] |= std::uint64_t{1} << (feature % 64);
        }
        return can_use_target_features(static_cast<int>(std::size(features)), features) != 0;
    };
    install_halide_hooks();
    if (can_use({halide_target_feature_avx, halide_target_feature_avx2, halide_target_feature_avx512,
                 halide_target_feature_avx512_skylake})) {
        return "avx512";
    }
    return can_use({halide_target_feature_avx, halide_target_feature_avx2, halide_target_feature_fma,
                    halide_target_feature_f16c})
               ? "avx2"
               : "baseline";
}

bool has_avx2() {
    static const bool has = std::string_view(cpu_isa()) != "baseline";
    return has;
}

}  // namespace axnorm

#include "thresholds.h"

namespace axnorm {
namespace {

constexpr Thresholds usual_thresholds;
constexpr double no_limit = 1e15;

using Tried = ThresholdRow::Tried;

constexpr ThresholdRow count_row(const char *name, std::int64_t Thresholds::*field, double least, double most,
                                 const Tried &tried, const char *meaning, std::int64_t multiple_of = 1) {
    return {name, field, nullptr, least, most, multiple_of, tried, meaning};
}
constexpr ThresholdRow factor_row(const char *name, double Thresholds::*field, double least, double most,
                                  const Tried &tried, const char *meaning) {
    return {name, nullptr, field, least, most, 1, tried, meaning};
}

constexpr ThresholdRow table[] = {
    count_row("threaded_elements", &Thresholds::threaded_elements, 1, no_limit, {4096, 1 << 20, 2},
              "elements of x, below which a call stays on the calling thread"),
    count_row("row_groups", &Thresholds::row_groups, Letters::max_constant_kept, 1 << 20, {128, 1024, 2},
              "statistic groups side by side in memory that a thread takes at least", Letters::max_constant_kept),
    factor_row("speed_of_rows", &Thresholds::speed_of_rows, 0.01, 10, {0.3, 1.3, 1.2},
               "speed of such a division, by which it is compared with others"),
    factor_row("speed_of_parts", &Thresholds::speed_of_parts, 0.01, 10, {0.3, 1.3, 1.2},
               "speed of statistic groups in parts, likewise"),
    count_row("tasks_of_thread", &Thresholds::tasks_of_thread, 1, 64, {1, 32, 2}, "tasks of a thread, at most"),
    count_row("task_elements", &Thresholds::task_elements, 1, no_limit, {1024, 1 << 19, 2},
              "elements of x that are worth a task"),
    // Down to a few thousandths: clouds tell of the last-level cache of a whole processor, of which a core has little.
    factor_row("streamed_share", &Thresholds::streamed_share, 0, 1e6, {0.0025, 3, 2},
               "share of the last-level cache that x and y take together, from which on one thread writes y past it"),
    factor_row("streamed_share_of_threads", &Thresholds::streamed_share_of_threads, 0, 1e6, {0.0025, 4, 2},
               "the same of several threads"),
    count_row("aligned_params_reads", &Thresholds::aligned_params_reads, 1, no_limit, {},
              "reads of scale and shift, from which on those that begin within a line are copied"),
    count_row("longest_row_in_block", &Thresholds::longest_row_in_block, 1, 64, {1, 32, 2},
              "elements of rows, up to which a kernel for blocks runs"),
    count_row("most_split_groups", &Thresholds::most_split_groups, 0, no_limit, {},
              "statistic groups that blocks of a device share, at most"),
    count_row("least_split_bytes", &Thresholds::least_split_bytes, 4 * 65536, no_limit, {},
              "bytes of each of them, at least", 65536),
};

}  // namespace

std::span<const ThresholdRow> threshold_rows() {
    return table;
}

constinit std::atomic<const Thresholds *> thresholds_in_use{&usual_thresholds};

namespace {

// For as long as threads may call, at the end of the program too.
struct Kept {
    Thresholds thresholds;
    const Kept *before;
};
constinit std::atomic<const Kept *> newest{nullptr};

}  // namespace

void use_thresholds(const Thresholds &other) {
    auto *kept = new Kept{other, newest};
    while (!newest.compare_exchange_weak(kept->before, kept)) {
    }
    thresholds_in_use.store(&kept->thresholds, std::memory_order_release);
}

}  // namespace axnorm

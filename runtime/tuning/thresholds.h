// Thresholds of the runtime: from where on a call is run in another way. They decide about speed alone: which of two
// kernels that give the same bits runs, on how many threads, and by which stores. A file may have others for a machine
// (include/axnorm/tuning.h); what is not for tuning is in Limits.
//
//     if (elements < thresholds().threaded_elements) { ... }
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "axnorm/signature.h"

namespace axnorm {

struct Thresholds {
    // --- Threads (launch.cpp, parts.cpp, tasks.h)

    // Elements. Calls below stay on the calling thread: others are not awake before it is done. Layer norm of 64x1024
    // took 8.4 us with one thread and 8.6 with two, of 128x1024 17.0 and 9.7.
    std::int64_t threaded_elements = 65536;

    // Statistic groups. Those that lie side by side in memory are divided between threads in pieces of this length: of
    // shorter ones each thread walks over memory in steps. With two threads against one, batch norm NHWC of 1000x64 in
    // pieces of 32 was at 0.8 of the speed, of 100352x64 at 0.7; of 1000x256 in pieces of 128 at 1.3, of 196x512 in
    // pieces of 256 at 1.35. At least Letters::max_constant_kept, and a multiple of it.
    std::int64_t row_groups = 128;

    // A factor of the speed of such a division, and of one in parts: these are read twice from memory, where a group
    // that a thread has for itself may still be in its cache.
    double speed_of_rows = 0.65;
    double speed_of_parts = 0.8;

    // Tasks of a thread, at most. A thread that sleeps wakes up late, and finds something to do where there are more
    // tasks than threads: two calls of half a millisecond each, 10 ms after the last one, were as slow with two tasks
    // on two threads as on one.
    std::int64_t tasks_of_thread = 4;

    // Elements. Less than this is not worth a task.
    std::int64_t task_elements = 16384;

    // --- Stores past the caches (streaming.cpp)

    // Of the last-level cache, that x and y together take up to be streamed, by one thread and by several. One thread
    // reaches the speed of memory with stores past the caches alone; several write into what they share faster: layer
    // norm of 4096x768, 25 MB beside a cache of 32, took 480 us one way and 388 the other, with two threads 236 and
    // 328.
    double streamed_share = 0.75;
    double streamed_share_of_threads = 1;

    // --- Memory that is copied (aligned_params.cpp)

    // Times that scale and shift are read. What is read less often is not worth a copy.
    std::int64_t aligned_params_reads = 8;

    // --- Which kernel (plan.cpp)

    // Elements. Rows alone, with no reduced group outside of them, are better off with a kernel for short rows above:
    // rows of 4 took 2.9 ns each in a block and 5.3 in short rows, of 6 9.1 and 5.4, of 8 6.3 and 5.2, of 16 12.7 and
    // 4.6; with AVX2 of 4 4.8 and 5.9, of 6 10.2 and 6.1.
    std::int64_t longest_row_in_block = 4;

    // Statistic groups, and bytes of each. Blocks of a device share few groups, of at least four parts of 64 KB, which
    // canonical kernels cut into smaller ones. 128 groups keep the multiprocessors of an H100, which are 132, busy.
    // Both are estimates.
    std::int64_t most_split_groups = 127, least_split_bytes = 4 * 65536;
};

// What a file of thresholds may say.
struct ThresholdRow {
    const char *name;
    std::int64_t Thresholds::*count;  // one of the two; the other is nullptr
    double Thresholds::*factor;
    double least, most;
    std::int64_t multiple_of;  // of counts
    // What a search tries: the usual value times whole powers of `step`, from `from` to `to`. Nothing where step is 0:
    // of devices, and of what no case of the tuner shows.
    struct Tried {
        double from = 0, to = 0, step = 0;
    } tried;
    const char *meaning;

    double value(const Thresholds &thresholds) const {
        return count != nullptr ? static_cast<double>(thresholds.*count) : thresholds.*factor;
    }
};
// A value as files have it: "65536", "0.75".
std::string text_of(double value);
std::span<const ThresholdRow> threshold_rows();

// Those in use. A call may see others than the one before.
extern std::atomic<const Thresholds *> thresholds_in_use;
inline const Thresholds &thresholds() {
    return *thresholds_in_use.load(std::memory_order_acquire);
}

// Uses these from now on. Earlier ones stay where they are, as calls may be reading them.
void use_thresholds(const Thresholds &other);

// Numbers of the runtime that are not for tuning: of memory, and of checks.
struct Limits {
    // Bytes of the last-level cache where the system does not say: a common size.
    std::int64_t usual_cache_bytes = std::int64_t{32} << 20;

    // Bytes and blocks of scratch that a thread keeps while it rests; what is above goes back to the system. And how
    // many times as large a block may be as what is asked for (scratch_memory.cpp).
    std::size_t kept_scratch_bytes = std::size_t{32} << 20, kept_scratch_blocks = 64, kept_scratch_waste = 2;

    // Bytes of x in a group, from which on the device is asked whether its blocks have the shared memory that a kernel
    // wants. All GPUs have that for less than 64 KB in whole vectors; where rows end within vectors, it can be several
    // times as much.
    std::int64_t asked_shared_bytes = 65536;

    // Bytes of x, and indices, in a call of a kernel beside which a kept group is looped over (arguments.cpp): what
    // lies between its indices is fetched once then, and rows that are a few KB apart find room in the first cache.
    // Heads of 64 in a slice of 128 tokens, 12 heads: mean_var took 1.29 times as long as the dense call without
    // pieces, and 1.30, 1.13 and 1.25 with 64, 32 and 16 rows in a piece; of 4096 tokens 1.85, 1.28, 0.97, 1.10.
    std::int64_t looped_bytes = 8192, looped_indices = 8;

    // Elements of x, and rows, in a tile that parts of statistic groups are copied into; and sums of parts that are
    // kept until they are merged (gathered.cpp). A tile of x and one of y are in the second cache together, and have
    // whole lines of x where neighbours are 16 statistic groups of float32.
    std::int64_t gathered_elements = 262144, gathered_rows = 4096, gathered_sums = 131072;

    // Steps. The search for an element that two tensors share, or two indices of one, gives up behind these, and takes
    // it for found (byte_set.cpp).
    int overlap_steps = 10000;
};

inline constexpr Limits limits;

}  // namespace axnorm

// Thresholds of the runtime: from where on a call is run in another way. They decide about speed; which of two kernels
// that give the same bits runs, on how many threads and by which stores. One set of them is used everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axnorm {

struct Thresholds {
    // --- Threads (launch.cpp, parts.cpp, tasks.h)

    // Elements. Calls below stay on the calling thread: others are not awake before it is done. Layer norm of 64x1024
    // took 8.4 us with one thread and 8.6 with two, of 128x1024 17.0 and 9.7.
    std::int64_t threaded_elements = 65536;

    // Statistic groups. Those that lie side by side in memory are divided between threads in pieces of this length: of
    // shorter ones each thread walks over memory in steps. With two threads against one, batch norm NHWC of 1000x64 in
    // pieces of 32 was at 0.8 of the speed, of 100352x64 at 0.7; of 1000x256 in pieces of 128 at 1.3, of 196x512 in
    // pieces of 256 at 1.35. At least Letters::max_constant_kept.
    std::int64_t row_groups = 128;

    // A factor of the speed of such a division, and of one in parts: these are read twice from memory, where a group
    // that a thread has for itself may still be in its cache.
    double speed_of_rows = 0.65;
    double speed_of_parts = 0.8;

    // Tasks of a thread, at most. A thread that sleeps wakes up late, and finds something to do where there are more
    // tasks than threads: two calls of half a millisecond each, 10 ms after the last one, were as slow with two tasks
    // on two threads as on one.
    int tasks_of_thread = 4;

    // Elements. Less than this is not worth a task.
    std::int64_t task_elements = 16384;

    // --- Stores past the caches (streaming.cpp)

    // Of the last-level cache, that x and y together take up to be streamed, by one thread and by several. One thread
    // reaches the speed of memory with stores past the caches alone; several write into what they share faster: layer
    // norm of 4096x768, 25 MB beside a cache of 32, took 480 us one way and 388 the other, with two threads 236 and
    // 328.
    double streamed_share = 0.75;
    double streamed_share_of_threads = 1;

    // Bytes of that cache where the system does not say: a common size.
    std::int64_t usual_cache_bytes = std::int64_t{32} << 20;

    // --- Memory that is copied or kept (aligned_params.cpp, scratch_memory.cpp)

    // Times that scale and shift are read. What is read less often is not worth a copy.
    std::int64_t aligned_params_reads = 8;

    // Bytes and blocks of scratch that a thread keeps while it rests; what is above goes back to the system. And how
    // many times as large a block may be as what is asked for.
    std::size_t kept_scratch_bytes = std::size_t{32} << 20, kept_scratch_blocks = 64, kept_scratch_waste = 2;

    // --- Which kernel (plan.cpp)

    // Elements. Rows alone, with no reduced group outside of them, are better off with a kernel for short rows above:
    // rows of 4 took 2.9 ns each in a block and 5.3 in short rows, of 6 9.1 and 5.4, of 8 6.3 and 5.2, of 16 12.7 and
    // 4.6; with AVX2 of 4 4.8 and 5.9, of 6 10.2 and 6.1.
    std::int32_t longest_row_in_block = 4;

    // Statistic groups, and bytes of each. Blocks of a device share few groups, of at least four parts of 64 KB, which
    // canonical kernels cut into smaller ones. 128 groups keep the multiprocessors of an H100, which are 132, busy.
    // Both are estimates.
    std::int64_t most_split_groups = 127, least_split_bytes = 4 * 65536;

    // Bytes of x in a group, from which on the device is asked whether its blocks have the shared memory that a kernel
    // wants. All GPUs have that for less than 64 KB in whole vectors; where rows end within vectors, it can be several
    // times as much.
    std::int64_t asked_shared_bytes = 65536;

    // --- Checks (overlap.cpp)

    // Steps. The search for an element that two indices share gives up behind these, and takes it for found.
    int overlap_steps = 10000;
};

inline constexpr Thresholds thresholds;

}  // namespace axnorm

// Threads: how many a call may use, and whose.
//
//     axnorm::set_num_threads(4);                                    // process-wide default
//     normalize(..., {.parallel = {.threads = 1}});                  // this call
//     normalize(..., {.parallel = {.threads = 8, .pool = &my_pool}});  // on the caller's threads
//
// A call is split over kept groups; where these are few, over parts of them, which the reduced extents alone determine,
// and which are merged in one order: the number of threads does not change a bit. Small calls run on the calling
// thread.
//
// Threads are axnorm's own where none are given. They are started when a call first needs them, and kept: as many as
// the largest call asked for, which calls that are made at once share. The calling thread works, too, and waits for
// none that has not begun. Those with nothing to do sleep after 50 us.
//
// - A process may fork while other threads are in calls, and end. The child's calls start threads of its own; but CUDA
//   does not work in a child where the parent used it, and such calls say so.
// - A shared library with axnorm inside is not unloaded any more once it has threads.
// - Threads run where the one may that started them (taskset), and take none of the program's signals. No call may be
//   made by a signal handler.
#pragma once

namespace axnorm {

// The caller's pool. `run` calls task(context, i) once for each i in [0, count), in any order, on any threads, and
// returns when all have returned.
struct ThreadPool {
    virtual ~ThreadPool() = default;
    virtual void run(int count, void (*task)(void *context, int index), void *context) = 0;
};

struct Parallel {
    int threads = 0;             // at most, with the caller's; 0: the process-wide default
    ThreadPool *pool = nullptr;  // nullptr: axnorm's threads, of which no call gets more than there are processors
};

// The default number of threads of a call, at first AXNORM_NUM_THREADS, or else the number of cores that the process
// may use: those of its affinity mask, and no more than its control groups (a container's limit) give it time for.
// Throws Error below 1. Where AXNORM_NUM_THREADS is no number all calls are refused.
void set_num_threads(int threads);
int num_threads();

}  // namespace axnorm

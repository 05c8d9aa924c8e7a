// Threads: how many a call may use, and whose.
//
//     axnorm::set_num_threads(4);                                    // process-wide default
//     normalize(..., {.parallel = {.threads = 1}});                  // this call
//     normalize(..., {.parallel = {.threads = 8, .pool = &my_pool}});  // on the caller's threads
//
// A call is split over kept groups; where these are few, over parts of them, which the reduced extents alone determine,
// and which are merged in one order: the number of threads does not change a bit. Small calls run on the calling
// thread.
#pragma once

namespace axnorm {

// The caller's pool. `run` calls task(context, i) once for each i in [0, count), in any order, on any threads, and
// returns when all have returned.
struct ThreadPool {
    virtual ~ThreadPool() = default;
    virtual void run(int count, void (*task)(void *context, int index), void *context) = 0;
};

struct Parallel {
    int threads = 0;             // at most; 0: the process-wide default
    ThreadPool *pool = nullptr;  // nullptr: Halide's, of HL_NUM_THREADS threads or as many as there are cores
};

// The default number of threads of a call, at first AXNORM_NUM_THREADS or the number of cores. Throws Error below 1.
void set_num_threads(int threads);
int num_threads();

}  // namespace axnorm

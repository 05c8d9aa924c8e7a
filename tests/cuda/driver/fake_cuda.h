// What tests ask of the stand-in driver beyond CUDA's own functions. These are found with dlsym beside them.
//
//     fake_cuda_fail("cuLaunchKernel", 2, 719);       // the second call from now on fails
//     fake_cuda_call_count("cuMemAlloc_v2")           // calls since the last reset
//
// Names are the exported ones. All of it may be called from any thread.
#ifndef AXNORM_FAKE_CUDA_H
#define AXNORM_FAKE_CUDA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAKE_CUDA_HOOK __attribute__((visibility("default")))

// Back to the state before cuInit: no contexts, errors, failures to come, or counts. Reads the environment again:
//     AXNORM_FAKE_CUDA_DEVICES=1            how many there are
//     AXNORM_FAKE_CUDA_CAPABILITY=9.0       their compute capability
//     AXNORM_FAKE_CUDA_DRIVER_VERSION=12080
//     AXNORM_FAKE_CUDA_RACES=0              shared memory is not checked for races
//     AXNORM_FAKE_CUDA_EXITED_LANES=1       instructions of a warp may name threads that have exited
//     AXNORM_FAKE_CUDA_QUIET=1              errors of kernels and modules are not written to stderr
//     AXNORM_FAKE_CUDA_NO_RUN=1             launches are checked and do nothing: for what calls cost the host
// Contexts of other threads are no longer current: call it while nothing else runs.
FAKE_CUDA_HOOK void fake_cuda_reset(void);

// Calls by name since the last reset of the log; those while any stream captured, which a graph may not like; the sum
// over all names for a null pointer.
FAKE_CUDA_HOOK uint64_t fake_cuda_call_count(const char *function);
FAKE_CUDA_HOOK uint64_t fake_cuda_call_count_while_capturing(const char *function);
FAKE_CUDA_HOOK void fake_cuda_reset_log(void);
// The names of all calls in order, each with a newline; the length of it, as of snprintf.
FAKE_CUDA_HOOK size_t fake_cuda_calls(char *buffer, size_t size);

// The nth next call of the function (1 is the next) returns `result` and does nothing.
FAKE_CUDA_HOOK void fake_cuda_fail(const char *function, int nth, int result);

// Whether streams from now on have handles of destroyed ones, as of a GPU's driver they may; else those are found out.
FAKE_CUDA_HOOK void fake_cuda_reuse_streams(int reuse);

// From now on blocks of the device have at most this much shared memory; 0: what its compute capability says.
FAKE_CUDA_HOOK void fake_cuda_limit_shared(int device, int bytes);

struct FakeCudaLaunch {
    const char *kernel;  // valid until the next launch
    uint32_t grid[3], block[3];
    uint32_t shared_bytes;  // what the call asked for
    void *stream;
    // Sums over all threads; by width: 1, 2, 4, 8 and 16 bytes.
    uint64_t instructions, most_instructions_of_a_thread;
    uint64_t barriers_per_block;
    uint64_t shuffles, atomics;
    uint64_t global_load_bytes, global_store_bytes;
    uint64_t global_loads[5], global_stores[5], shared_loads[5], shared_stores[5];
};
// The last kernel that was executed, by cuLaunchKernel or in a graph; 0 if there is none since the last reset.
FAKE_CUDA_HOOK int fake_cuda_last_launch(struct FakeCudaLaunch *launch);
FAKE_CUDA_HOOK uint64_t fake_cuda_launch_count(void);

// What the last error of a kernel or a module said; the length of it, as of snprintf.
FAKE_CUDA_HOOK size_t fake_cuda_last_error(char *buffer, size_t size);

// Allocations by cuMemAlloc, modules and contexts that live, of all devices.
FAKE_CUDA_HOOK uint64_t fake_cuda_live_allocations(void);
FAKE_CUDA_HOOK uint64_t fake_cuda_live_modules(void);
FAKE_CUDA_HOOK uint64_t fake_cuda_live_contexts(void);

#ifdef __cplusplus
}
#endif
#endif

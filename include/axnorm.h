// axnorm from C: normalizations as axis patterns, over tensors as DLPack describes them.
//
//     int64_t shape[] = {8, 128, 64, 64}, channels[] = {128};
//     DLTensor x = {in, {kDLCPU, 0}, 4, {kDLFloat, 32, 1}, shape, NULL, 0};
//     DLTensor y = {out, {kDLCPU, 0}, 4, {kDLFloat, 32, 1}, shape, NULL, 0};
//     DLTensor scale = {s, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, channels, NULL, 0};
//     axnorm_length g = {"g", 32};
//     axnorm_options options = AXNORM_OPTIONS_INIT;
//     options.scale = &scale;
//     if (axnorm_normalize("b (g n) h w -> b g", "(g n)", &x, &y, &g, 1, &options) != AXNORM_OK) {
//         fputs(axnorm_last_error(), stderr);
//     }
//
// Patterns, params and what a call computes: README.md, docs/. Where nothing else is said functions return AXNORM_OK or
// another axnorm_error, whose message axnorm_last_error() has. A call that fails has written nothing, but for
// AXNORM_ERROR_KERNEL, AXNORM_ERROR_DEVICE, and AXNORM_ERROR_MEMORY where it says so. All functions may be called from
// any thread at any time, but not by signal handlers, and none throws.
//
// x and y are of kDLFloat with 16, 32 or 64 bits or kDLBfloat with 16, and need not be of the same; the library has
// kernels where they are. mean and rstd are of 32 bits, of 64 where x is; so are scale and shift, or as x.
//
// Tensors stay their owner's: a call reads their descriptions while it runs, and keeps nothing of them. Strides are
// counted in elements, NULL is compact row-major; an address is data + byte_offset, and a multiple of the element's
// size. Memory is that of the host (kDLCPU, kDLCUDAHost or kDLROCMHost), or of one GPU, kDLCUDA, where the library has
// kernels for it: such a call returns when its kernels are in options->stream, where they run later. DLPack has no flag
// for byte order: it is that of the machine.
#ifndef AXNORM_H
#define AXNORM_H

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

// NOLINTBEGIN(readability-identifier-naming): names as C has them.

#define AXNORM_VERSION_MAJOR 0
#define AXNORM_VERSION_MINOR 1
#define AXNORM_VERSION_PATCH 0

// The most dimensions of a tensor.
#define AXNORM_MAX_NDIM 16

// The shared library exports what is declared with it, and nothing else.
#define AXNORM_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

enum axnorm_error {
    AXNORM_OK = 0,
    AXNORM_ERROR_PATTERN = 1,   // the pattern or its params are wrong, whatever the tensors
    AXNORM_ERROR_ARGUMENT = 2,  // a pointer, shape, stride, length or option does not fit the pattern, or another one
    AXNORM_ERROR_UNSUPPORTED = 3,  // a dtype or device, or a layout that no kernel serves
    AXNORM_ERROR_KERNEL = 4,       // a kernel failed while it ran: some of the outputs may be written
    AXNORM_ERROR_MEMORY = 5,       // there was no memory left; of a kernel: some of the outputs may be written
    AXNORM_ERROR_INTERNAL = 6,     // anything else, which should not happen
    AXNORM_ERROR_DEVICE = 7        // there is no driver for the tensors' device, or it reports an error
};

enum axnorm_statistic {
    AXNORM_MEAN_VAR = 0,  // y = (x - mean) * rstd * scale + shift, rstd = 1 / sqrt(var + eps), var the biased variance
    AXNORM_RMS = 1,       // y = x * rstd * scale + shift, rstd = 1 / sqrt(mean(x * x) + eps)
    AXNORM_GIVEN = 2      // as AXNORM_MEAN_VAR, with rstd from the caller, and mean, which is 0 where it is not given
};

enum axnorm_stores {
    AXNORM_STORES_AUTOMATIC = 0,  // as streaming where x and y are too large for the caches, else as cached
    AXNORM_STORES_CACHED = 1,     // y stays in the caches: for whoever reads a part of a large y at once
    AXNORM_STORES_STREAMING = 2   // directly to memory, without passing through the caches (non-temporal stores)
};

// The length of a named axis: what a shape cannot tell, as g in "b (g n) h w -> b g".
typedef struct axnorm_length {
    const char *name;
    int64_t length;
} axnorm_length;

// Begins as AXNORM_OPTIONS_INIT. Later versions add fields at the end: `size` says which ones a caller knows, and the
// others take their defaults.
typedef struct axnorm_options {
    size_t size;                    // sizeof(axnorm_options)
    int32_t statistic;              // an axnorm_statistic
    int32_t threads;                // at most; 0: the process-wide default
    double eps;                     // added to the variance; at least 0
    const DLTensor *scale, *shift;  // of the shape of params; NULL: 1 and 0
    DLTensor *mean, *rstd;          // written, of the shape of the pattern's right side; NULL: not wanted
    // Read by AXNORM_GIVEN, which has no use for mean, rstd and eps. It needs given_rstd; given_mean NULL: 0, as for
    // what AXNORM_RMS gave.
    const DLTensor *given_mean, *given_rstd;
    int32_t stores;         // an axnorm_stores: how y is written, the same bits each way
    int32_t reserved;       // 0
    void *stream;           // of kDLCUDA: a cudaStream_t or CUstream; NULL: the legacy default stream
    void *workspace;        // of kDLCUDA: see axnorm_workspace_size(); NULL: kept by the library
    size_t workspace_size;  // its bytes: as many as are needed, or more
} axnorm_options;

#define AXNORM_OPTIONS_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(axnorm_options), AXNORM_MEAN_VAR, 0, 1e-5, NULL, NULL, NULL, NULL, NULL, NULL, AXNORM_STORES_AUTOMATIC, \
            0, NULL, NULL, 0                                                                                           \
    }

// Normalizes x into y, which may be x. `params` may be NULL, which is "", and so may `lengths` where there are none,
// and `options`, which is the defaults.
AXNORM_API int axnorm_normalize(const char *pattern, const char *params, const DLTensor *x, DLTensor *y,
                                const axnorm_length *lengths, size_t length_count, const axnorm_options *options);

// The size of the workspace that such a call needs: device memory beside its tensors, 0 bytes for most calls. It begins
// at a multiple of 256, and is the call's own until its kernels ran: later calls in the same stream may use it too, but
// no other thread's beside it. Of the tensors' data only the alignment counts here, and they may overlap; the options'
// workspace is not looked at, and no driver is needed. The result is written where the call succeeds.
//
// A call that needs one and is given none uses one that the library keeps for the stream. It is allocated by the first
// such call and by any that needs a larger one, which is refused while the stream is being captured. A graph that was
// captured with it must not run beside calls in that stream, or other graphs captured from it. A stream that is
// destroyed leaves it behind, and so does a thread that ends, of its per-thread default stream, until
// axnorm_release_workspaces(): a program that makes many gives its own. So does one that, with a driver before CUDA 12,
// does not wait for a stream before destroying it, or destroys contexts before the end: these drivers do not say
// whether a stream or a context has the handle of one that was destroyed.
AXNORM_API int axnorm_workspace_size(const char *pattern, const char *params, const DLTensor *x, const DLTensor *y,
                                     const axnorm_length *lengths, size_t length_count, const axnorm_options *options,
                                     size_t *out_size);

// Frees the workspaces that are kept in the context that calls on the GPU of this index run in. It waits for the
// context; graphs that were captured with one of them must not run any more, and nothing may be captured there
// meanwhile.
AXNORM_API int axnorm_release_workspaces(int device_index);

// Whether pattern and params are right. Where not, the message has a caret under the place.
AXNORM_API int axnorm_check_pattern(const char *pattern, const char *params);

// The shape of mean and rstd for an x of `ndim` dimensions of this shape, as the right side of the pattern orders and
// groups it. The results are written where the call succeeds.
AXNORM_API int axnorm_statistics_shape(const char *pattern, const char *params, int ndim, const int64_t *shape,
                                       const axnorm_length *lengths, size_t length_count, int *out_ndim,
                                       int64_t out_shape[AXNORM_MAX_NDIM]);

// The shape of scale and shift, as the params order and group it.
AXNORM_API int axnorm_params_shape(const char *pattern, const char *params, int ndim, const int64_t *shape,
                                   const axnorm_length *lengths, size_t length_count, int *out_ndim,
                                   int64_t out_shape[AXNORM_MAX_NDIM]);

// The default number of threads of a call, which is at least 1; at first AXNORM_NUM_THREADS of the environment or the
// number of cores. It is that of the shared library: a program that calls axnorm from C++ too has another one there.
AXNORM_API int axnorm_set_num_threads(int threads);
AXNORM_API int axnorm_num_threads(void);  // the number; 0 where AXNORM_NUM_THREADS is none

// Uses the thresholds of a file, which `scripts/tune --runtime` writes for a machine, from the next call on: from how
// many elements on calls use threads, and the like (axnorm/tuning.h). They change no bit of a result. AXNORM_TUNING of
// the environment names a file that is read at the first call. Where a line is wrong nothing changes.
AXNORM_API int axnorm_load_tuning(const char *path);

// The instruction set that kernels run with: "baseline" (x86-64), "avx2" or "avx512"; AXNORM_MAX_CPU_ISA of the
// environment holds it down to one of these, and where it is none of them the result is NULL.
AXNORM_API const char *axnorm_cpu_isa(void);

// The message of the last call of this thread that failed, "" where none did. Until the next one that fails.
AXNORM_API const char *axnorm_last_error(void);

// That of the library, which may be newer than this header: 10000 * major + 100 * minor + patch, and "0.1.0".
AXNORM_API int axnorm_version(void);
AXNORM_API const char *axnorm_version_string(void);

#ifdef __cplusplus
}  // extern "C"
#endif

// NOLINTEND(readability-identifier-naming)

#endif  // AXNORM_H

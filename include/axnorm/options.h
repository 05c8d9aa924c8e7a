// What a call takes beside x and y: the statistic, the other tensors, eps, threads, stores, and on a GPU stream and
// workspace.
//
//     normalize<"b t c -> b t", "c">(x, y, {.statistic = Statistic::rms, .scale = {s, {c}}, .parallel = {.threads =
//     1}});
#pragma once

#include <cstddef>
#include <cstdint>

#include "parallel.h"
#include "signature.h"
#include "tensor.h"

namespace axnorm {

// How y is written.
enum class Stores : std::uint8_t {
    automatic,  // as streaming where x and y are too large for the caches, else as cached
    cached,     // y stays in the caches: for whoever reads a part of a large y at once
    streaming,  // directly to memory, without passing through the caches (non-temporal stores)
};

// Device memory that kernels for few large statistic groups need beside their tensors, for what blocks tell each other:
//
//     const std::size_t bytes = workspace_size<"b c h w -> c", "c">(x, y, options);  // 0 for most calls
//     options.workspace = {allocated, bytes};                                        // or larger
//
// It is on the tensors' device and begins at a multiple of 256 bytes, as all that cuMemAlloc returns. It is the call's
// own until its kernels ran: later calls in the same stream may have the same one, but no other thread's beside it.
//
// Where none is given, one is kept for each stream of a context, and calls of several threads in the stream take turns.
// The first call that needs it allocates it, and one that needs more allocates another one, at least twice as large;
// all others allocate nothing. What is kept is freed by release_workspaces(), or with its context: a stream that is
// destroyed leaves it behind, and so does a thread that ends, of its per-thread default stream. There
//
// - nothing is allocated while the stream is being captured, and the call is refused: make one like it before;
// - a graph that was captured uses the one of the stream that it was captured from, wherever it is launched: not beside
//   calls in that stream, or other graphs that were captured from it;
// - drivers before CUDA 12 do not say whether a stream or a context has the handle of one that was destroyed: there,
//   wait for a stream before destroying it, and destroy contexts at the end alone.
//
// A program that does otherwise gives a workspace; so does one that makes many streams or such threads.
struct Workspace {
    void *data = nullptr;
    std::size_t size = 0;  // in bytes

    bool present() const { return data != nullptr || size != 0; }
};

struct Options {
    Statistic statistic = Statistic::mean_var;
    ConstTensorView scale{}, shift{};  // of the shape of params; absent: 1 and 0
    TensorView mean{}, rstd{};         // written, of the shape of the pattern's right side; absent: not wanted
    // Read by Statistic::given, which has no use for mean, rstd and eps. It needs given_rstd; given_mean absent: 0, as
    // for what rms gave.
    ConstTensorView given_mean{}, given_rstd{};
    double eps = 1e-5;                  // added to the variance; at least 0
    Parallel parallel{};                // threads, and whose; the CPU's
    Stores stores = Stores::automatic;  // the CPU's, too
    bool canonical = false;             // never an exact kernel: for tests and comparisons
    void *stream = nullptr;  // of tensors on a GPU: a CUstream or cudaStream_t; nullptr: the legacy default stream
    Workspace workspace{};   // of tensors on a GPU; absent: one that is kept for the stream, where it is needed
};

}  // namespace axnorm

// The call: normalize x into y.
//
//     using namespace axnorm;
//     ConstTensorView x(in, {8, 128, 64, 64});
//     TensorView y(out, {8, 128, 64, 64});
//     normalize<"b (g n) h w -> b g", "(g n)">(x, y, {.scale = {s, {128}}, .shift = {t, {128}}}, axis<"g"> = 32);
//     normalize("b (g n) h w -> b g", "(g n)", x, y, {}, {{"g", 32}});   // the same from run-time strings
//
// mean and rstd are float32, float64 where x is that; scale and shift are of that dtype, or of that of x (dtype.h).
//
// Tensors may be stored in any order and with any strides of at least 0; y may not have a stride of 0. In place (y over
// x, with equal strides) is allowed, any other overlap refused. Calls are thread-safe. A call that cannot be carried
// out throws Error, and has written nothing.
//
// Tensors on a GPU (Device::cuda) need kernels for it in a linked library. Such a call puts kernels into a stream and
// returns: it waits for nothing, copies nothing, and allocates no device memory but a workspace that it needs and is
// not given (see there), once for many calls. The first call of a kernel in a context compiles it for the GPU, later
// ones may be captured into a graph. Which kernels serve large statistic groups depends on the shared memory of the
// GPU: there two GPUs may give different bits.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "layout.h"
#include "local.h"
#include "parallel.h"
#include "parse.h"

namespace axnorm {

// How y is written.
enum class Stores : std::uint8_t {
    automatic,  // past the caches where x and y are too large for them
    cached,     // into the caches: for whoever reads a part of a large y at once
    streaming,  // past the caches
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
    ConstTensorView given_mean{}, given_rstd{};  // read by Statistic::given, which has no use for mean, rstd and eps
    double eps = 1e-5;                           // added to the variance; at least 0
    Parallel parallel{};                         // threads, and whose; the CPU's
    Stores stores = Stores::automatic;           // the CPU's, too
    bool canonical = false;                      // never an exact kernel: for tests and comparisons
    void *stream = nullptr;  // of tensors on a GPU: a CUstream or cudaStream_t; nullptr: the legacy default stream
    Workspace workspace{};   // of tensors on a GPU; absent: one that is kept for the stream, where it is needed
};

// A length given by name at compile time: axis<"g"> = 32.
template <FixedString Name>
struct AxisLength {
    std::int64_t length;
};
template <FixedString Name>
struct AxisName {
    constexpr AxisLength<Name> operator=(std::int64_t length) const { return {length}; }  // NOLINT: named argument
};
template <FixedString Name>
AXNORM_LOCAL inline constexpr AxisName<Name> axis{};

namespace detail {
template <FixedString Text, FixedString Params, FixedString Name>
AXNORM_LOCAL inline constexpr int index_of = pattern<Text, Params>.find(Name.view());

template <FixedString Text, FixedString Params, FixedString... Names>
AXNORM_LOCAL constexpr std::array<NamedLength, sizeof...(Names)> named(AxisLength<Names>... lengths) {
    static_assert(((index_of<Text, Params, Names> >= 0) && ...),
                  "axnorm: a length is given for an axis that the pattern does not have");
    return {NamedLength{stored<Names>.view(), lengths.length, index_of<Text, Params, Names>}...};
}
}  // namespace detail

// As normalize() below, for a parsed pattern.
void normalize(const Pattern &pattern, const ConstTensorView &x, const TensorView &y, const Options &options = {},
               std::span<const NamedLength> lengths = {});

// For strings known at run time only. `params` may be "".
AXNORM_LOCAL inline void normalize(std::string_view text, std::string_view params, const ConstTensorView &x,
                                   const TensorView &y, const Options &options = {},
                                   std::initializer_list<NamedLength> lengths = {}) {
    normalize(parse(text, params), x, y, options, std::span(lengths.begin(), lengths.size()));
}

// For string literals: pattern, params and names of lengths are checked at compile time.
template <FixedString Text, FixedString Params = "", FixedString... Names>
AXNORM_LOCAL void normalize(const ConstTensorView &x, const TensorView &y, const Options &options = {},
                            AxisLength<Names>... lengths) {
    normalize(pattern<Text, Params>, x, y, options, detail::named<Text, Params>(lengths...));
}

// The bytes of workspace that such a call needs; 0 where none, as on the CPU. It takes the arguments of the call, whose
// addresses count by their alignment and are not followed, and throws what the call would throw about shapes, strides,
// dtypes, devices and options, and where no kernel serves them. Tensors may overlap, and the options' workspace is not
// looked at. No driver is needed; one that is there may be asked for the shared memory of the device.
std::size_t workspace_size(const Pattern &pattern, const ConstTensorView &x, const TensorView &y,
                           const Options &options = {}, std::span<const NamedLength> lengths = {});

AXNORM_LOCAL inline std::size_t workspace_size(std::string_view text, std::string_view params, const ConstTensorView &x,
                                               const TensorView &y, const Options &options = {},
                                               std::initializer_list<NamedLength> lengths = {}) {
    return workspace_size(parse(text, params), x, y, options, std::span(lengths.begin(), lengths.size()));
}

template <FixedString Text, FixedString Params = "", FixedString... Names>
AXNORM_LOCAL std::size_t workspace_size(const ConstTensorView &x, const TensorView &y, const Options &options = {},
                                        AxisLength<Names>... lengths) {
    return workspace_size(pattern<Text, Params>, x, y, options, detail::named<Text, Params>(lengths...));
}

// Gives back the workspaces that are kept in the context that calls on the GPU of this index run in. It waits for the
// context; graphs that were captured with one of them must not be launched any more, and nothing may be captured there.
void release_workspaces(int device_index = 0);

// What make_layout() and select_kernel() take of a call. It refers to its arguments.
Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options);

// The kernel that such a call would run.
const Kernel &select_kernel(const Layout &layout, const Operands &operands, bool canonical = false);

}  // namespace axnorm

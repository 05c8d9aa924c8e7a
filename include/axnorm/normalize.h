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
// x, with equal strides) is allowed, any other overlap refused. Calls are thread-safe, but none may be made
// by a signal handler. A call that cannot be carried out throws Error, and has written nothing.
//
// Tensors on a GPU (Device::cuda) need kernels for it in a linked library. Such a call puts kernels into a stream and
// returns: it waits for nothing, copies nothing, and allocates no device memory but a workspace that it needs and is
// not given (see there), once for many calls. The first call of a kernel in a context compiles it for the GPU, later
// ones may be captured into a graph. Which kernels serve large statistic groups depends on the shared memory of the
// GPU: there two GPUs may give different bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "kernel.h"
#include "local.h"
#include "options.h"
#include "parse.h"
#include "shapes.h"

namespace axnorm {

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
    return {LookedUp::with_axis(stored<Names>.view(), lengths.length, index_of<Text, Params, Names>)...};
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

// The kernel that such a call would run. It throws what the call would throw, but about overlaps.
const Kernel &select_kernel(const Pattern &pattern, const ConstTensorView &x, const TensorView &y,
                            const Options &options = {}, std::span<const NamedLength> lengths = {});

}  // namespace axnorm

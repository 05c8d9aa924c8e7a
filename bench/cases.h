// The table of cases: every benchmark, and every bar, comes from here.
//
//     {"group 8x128x64x64 g=32 a", parse("b (g n) h w -> b g", "(g n)"), {8, 128, 64, 64}, Order::as_written, 32, 128,
//     ...}
//
// A name gives the extents in memory order; "a" (affine) stands for scale and shift. A case in another dtype has the
// name of its float32 twin.
#pragma once

#include <axnorm/axnorm.h>

#include <array>
#include <cstdint>

namespace bench {

// How x and y lie in memory: as the pattern is written, or b c h w stored with the channels innermost.
enum class Order : std::uint8_t { as_written, channels_last };

// What a case has to reach. See report.cpp.
enum class Bar : std::uint8_t { none, bandwidth, call };
inline constexpr double most_times_copy = 2.8;   // bandwidth: axnorm over copy
inline constexpr double most_times_exact = 2.0;  // bandwidth: the canonical kernel over axnorm
inline constexpr double most_call_us = 1.0;      // call: axnorm in microseconds
inline constexpr double most_c_ns = 150;         // call: the C interface over axnorm, in nanoseconds

struct Case {
    const char *name;
    axnorm::Pattern pattern;
    std::array<std::int64_t, 4> shape;  // in the order of the pattern; 0 beyond its rank
    Order order = Order::as_written;
    std::int64_t groups = 0;  // the length of g; 0 where the pattern has none
    std::int64_t params = 0;  // elements of scale and of shift; 0 where they are absent
    Bar bar = Bar::none;
    axnorm::Statistic statistic = axnorm::Statistic::mean_var;
    axnorm::DType dtype = axnorm::DType::float32;  // of x and y
};

constexpr Case of(axnorm::Statistic statistic, Case c) {
    c.statistic = statistic;
    return c;
}
constexpr Case in(axnorm::DType dtype, Case c) {
    c.dtype = dtype;
    return c;
}

inline constexpr axnorm::Pattern batch_nhwc = axnorm::parse("b h w c -> c");
inline constexpr axnorm::Pattern batch_nchw = axnorm::parse("b c h w -> c");
inline constexpr axnorm::Pattern batch_affine = axnorm::parse("b c h w -> c", "c");
inline constexpr axnorm::Pattern layer = axnorm::parse("b c -> b");
inline constexpr axnorm::Pattern layer_affine = axnorm::parse("b c -> b", "c");
inline constexpr axnorm::Pattern layer_image_affine = axnorm::parse("b c h w -> b", "c h w");
inline constexpr axnorm::Pattern layer_pixel_affine = axnorm::parse("b c h w -> b h w", "c");
inline constexpr axnorm::Pattern instance = axnorm::parse("b c h w -> b c");
inline constexpr axnorm::Pattern instance_affine = axnorm::parse("b c h w -> b c", "c");
inline constexpr axnorm::Pattern group = axnorm::parse("b (g n) h w -> b g");
inline constexpr axnorm::Pattern group_affine = axnorm::parse("b (g n) h w -> b g", "(g n)");

inline constexpr axnorm::Pattern head_affine = axnorm::parse("b t (g d) -> b t g", "(g d)");

inline constexpr axnorm::Statistic rms = axnorm::Statistic::rms, given = axnorm::Statistic::given;
inline constexpr axnorm::DType float16 = axnorm::DType::float16, bfloat16 = axnorm::DType::bfloat16;

// Each line of the default library has its kernel run in one of them at least: main.cpp sees to it.
inline constexpr Case cases[] = {
    {"batch NHWC 16x30x40x3", batch_nhwc, {16, 30, 40, 3}},
    {"batch NHWC 32x56x56x64", batch_nhwc, {32, 56, 56, 64}},
    {"batch NCHW 32x64x56x56", batch_nchw, {32, 64, 56, 56}, Order::as_written, 0, 0, Bar::bandwidth},
    {"batch NHWC 32x112x112x3", batch_nhwc, {32, 112, 112, 3}},
    {"batch NCHW 32x3x112x112", batch_nchw, {32, 3, 112, 112}},
    {"batch NCHW 32x1x112x112", batch_nchw, {32, 1, 112, 112}},
    {"layer 6x1200", layer, {6, 1200}},
    {"layer 1x768", layer, {1, 768}, Order::as_written, 0, 0, Bar::call},
    {"layer 4096x768", layer, {4096, 768}},
    {"layer 4096x1024", layer, {4096, 1024}, Order::as_written, 0, 0, Bar::bandwidth},
    {"layer 4096x1024 a", layer_affine, {4096, 1024}, Order::as_written, 0, 1024},
    {"layer 2048x4096", layer, {2048, 4096}},
    {"layer 512x16384", layer, {512, 16384}},
    {"layer 65536x16", layer, {65536, 16}},
    {"layer 16384x64", layer, {16384, 64}},
    {"layer 64x100000", layer, {64, 100000}},
    {"layer NHWC 32x28x28x64 a", layer_image_affine, {32, 64, 28, 28}, Order::channels_last, 0, 64 * 28 * 28},
    {"per head 8x512x(16x64) a", head_affine, {8, 512, 1024}, Order::as_written, 16, 1024},
    {"layer per pixel NHWC 8x56x56x96 a", layer_pixel_affine, {8, 96, 56, 56}, Order::channels_last, 0, 96},
    {"layer per pixel NCHW 8x96x56x56 a", layer_pixel_affine, {8, 96, 56, 56}, Order::as_written, 0, 96},
    {"instance 6x3x20x20", instance, {6, 3, 20, 20}},
    {"instance 8x64x128x128", instance, {8, 64, 128, 128}, Order::as_written, 0, 0, Bar::bandwidth},
    {"instance 8x64x128x128 a", instance_affine, {8, 64, 128, 128}, Order::as_written, 0, 64},
    {"instance NHWC 8x128x128x64", instance, {8, 64, 128, 128}, Order::channels_last},
    {"instance NHWC 8x128x128x64 a", instance_affine, {8, 64, 128, 128}, Order::channels_last, 0, 64},
    {"group 6x6x20x20 g=3 a", group_affine, {6, 6, 20, 20}, Order::as_written, 3, 6},
    {"group 8x128x64x64 g=32 a", group_affine, {8, 128, 64, 64}, Order::as_written, 32, 128, Bar::bandwidth},
    {"group 8x128x64x64 g=32", group, {8, 128, 64, 64}, Order::as_written, 32},
    {"group 2x512x64x64 g=32 a", group_affine, {2, 512, 64, 64}, Order::as_written, 32, 512},
    {"instance NHWC 6x20x20x3", instance, {6, 3, 20, 20}, Order::channels_last},
    {"instance NHWC 8x224x224x3 a", instance_affine, {8, 3, 224, 224}, Order::channels_last, 0, 3},
    {"group NHWC 8x32x32x96 g=32 a", group_affine, {8, 96, 32, 32}, Order::channels_last, 32, 96},
    // Groups of 5 have no kernel of their own, but one for all up to 32.
    {"group NHWC 8x32x32x160 g=32 a", group_affine, {8, 160, 32, 32}, Order::channels_last, 32, 160},
    {"group NHWC 8x32x32x1280 g=32 a", group_affine, {8, 1280, 32, 32}, Order::channels_last, 32, 1280},
    {"group NHWC 8x64x64x128 g=32", group, {8, 128, 64, 64}, Order::channels_last, 32},
    {"group NHWC 8x64x64x128 g=32 a", group_affine, {8, 128, 64, 64}, Order::channels_last, 32, 128},
    {"group NHWC 2x64x64x512 g=32 a", group_affine, {2, 512, 64, 64}, Order::channels_last, 32, 512},
    of(rms, {"rms 4096x1024", layer, {4096, 1024}}),
    of(rms, {"rms 4096x4096", layer, {4096, 4096}}),
    of(given, {"batch given NCHW 32x64x56x56 a", batch_affine, {32, 64, 56, 56}, Order::as_written, 0, 64}),
    of(given, {"batch given NHWC 32x56x56x64 a", batch_affine, {32, 64, 56, 56}, Order::channels_last, 0, 64}),
    in(float16, {"layer 4096x1024", layer, {4096, 1024}}),
    in(float16, {"layer 2048x4096", layer, {2048, 4096}}),
    in(bfloat16, {"layer 4096x1024", layer, {4096, 1024}}),
    in(bfloat16, {"layer 2048x4096", layer, {2048, 4096}}),
};

inline constexpr double eps = 1e-5;

constexpr std::int64_t elements(const Case &c) {
    std::int64_t count = 1;
    for (int i = 0; i < c.pattern.tensor.rank; ++i) {
        count *= c.shape[static_cast<std::size_t>(i)];
    }
    return count;
}

// Statistics that the caller gives, where they index c alone.
constexpr std::int64_t given_elements(const Case &c) {
    return c.statistic == given ? c.shape[1] : 0;
}

// The least bytes that can move: x read, y written, scale, shift and given statistics read, once each.
constexpr std::int64_t least_traffic(const Case &c) {
    return 2 * elements(c) * axnorm::size_of(c.dtype) +
           2 * (c.params + given_elements(c)) * static_cast<std::int64_t>(sizeof(float));
}

// In elements, of x and y.
constexpr std::array<std::int64_t, 4> strides(const Case &c) {
    if (c.order == Order::channels_last) {
        const auto [batch, channels, height, width] = c.shape;
        return {channels * height * width, 1, width * channels, channels};
    }
    std::array<std::int64_t, 4> result{};
    std::int64_t stride = 1;
    for (int i = c.pattern.tensor.rank; i-- > 0;) {
        result[static_cast<std::size_t>(i)] = stride;
        stride *= c.shape[static_cast<std::size_t>(i)];
    }
    return result;
}

// By axis of the pattern: its length, and its stride in scale and shift.
struct AxisSteps {
    std::array<std::int64_t, axnorm::max_axes> lengths{}, params{};
};

constexpr AxisSteps axis_steps(const Case &c) {
    AxisSteps steps;
    for (std::size_t d = 0; d < static_cast<std::size_t>(c.pattern.tensor.rank); ++d) {
        const axnorm::Dimensions::Run run = c.pattern.tensor.runs[d];
        std::int64_t rest = c.shape[d];
        for (std::size_t i = run.begin; i < run.end; ++i) {
            const std::size_t axis = c.pattern.tensor.axes[i];
            steps.lengths[axis] = c.pattern.axes[axis].name == "g" ? c.groups : rest;
            rest /= steps.lengths[axis];
        }
    }
    std::int64_t stride = 1;
    for (std::size_t i = static_cast<std::size_t>(c.pattern.params.count); c.params != 0 && i-- > 0;) {
        const std::size_t axis = c.pattern.params.axes[i];
        steps.params[axis] = stride;
        stride *= steps.lengths[axis];
    }
    return steps;
}

}  // namespace bench

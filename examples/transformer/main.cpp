// The norms of a transformer block: RMS norm of bfloat16, layer norm of float32, and q and k normalized in the buffer
// in which one matrix product has left q, k and v. Each is compared with plain loops.
#include "my_norms.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "bfloat16.h"
#include "reference.h"

namespace {

constexpr std::int64_t batch = 2, tokens = 6, heads = 4, length = 64, channels = heads * length;
constexpr double bfloat16_step = 1.0 / 256;

float sample(std::size_t i) {
    return static_cast<float>(i * 37 % 101) / 10 - 3;
}

std::vector<std::uint16_t> bfloat16_sample(std::size_t count) {
    std::vector<std::uint16_t> values;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(to_bfloat16(sample(i)));
    }
    return values;
}

bool report(const char *name, double error) {
    std::printf("%-22s largest error %.2f of the tolerance\n", name, error);
    return error <= 1;
}

// The residual stream in bfloat16, computed in float32 and rounded once; the weights are bfloat16, too.
bool rms_norm() {
    const std::vector<std::uint16_t> x = bfloat16_sample(batch * tokens * channels), scale = bfloat16_sample(channels);
    std::vector<std::uint16_t> y(x.size());
    const axnorm::Extents shape{batch, tokens, channels};

    axnorm::normalize<"b t c -> b t", "c">({x.data(), axnorm::DType::bfloat16, shape},
                                           {y.data(), axnorm::DType::bfloat16, shape},
                                           {.statistic = axnorm::Statistic::rms,
                                            .scale = {scale.data(), axnorm::DType::bfloat16, {channels}},
                                            .eps = 1e-6});

    double error = 0;
    for (std::size_t row = 0; row < x.size(); row += channels) {
        error = std::max(error, row_error(
                                    channels, [&](std::size_t i) { return to_float(x[row + i]); },
                                    [&](std::size_t i) { return to_float(y[row + i]); },
                                    [&](std::size_t i) { return to_float(scale[i]); }, false, 1e-6, bfloat16_step));
    }
    return report("RMS norm, bfloat16", error);
}

// In place, as most of a program is: y is x.
bool layer_norm() {
    std::vector<float> before(batch * tokens * channels), scale(channels, 1.5F);
    for (std::size_t i = 0; i < before.size(); ++i) {
        before[i] = sample(i);
    }
    std::vector<float> x = before;
    const axnorm::Extents shape{batch, tokens, channels};

    axnorm::normalize<"b t c -> b t", "c">({x.data(), shape}, {x.data(), shape}, {.scale = {scale.data(), {channels}}});

    double error = 0;
    for (std::size_t row = 0; row < x.size(); row += channels) {
        error = std::max(error, row_error(
                                    channels, [&](std::size_t i) { return before[row + i]; },
                                    [&](std::size_t i) { return x[row + i]; }, [&](std::size_t i) { return scale[i]; },
                                    true, 1e-5, 1e-5));
    }
    return report("layer norm, float32", error);
}

// A token has q, k and v behind each other: q of a token begins 3 * channels behind that of the token before. Strides
// say so, and nothing is copied. v stays as it is.
bool norm_of_q_and_k() {
    const std::vector<std::uint16_t> before = bfloat16_sample(batch * tokens * 3 * channels);
    const std::vector<std::uint16_t> scale = bfloat16_sample(length);
    std::vector<std::uint16_t> qkv = before;
    const axnorm::Extents shape{batch, tokens, heads, length};
    const axnorm::Extents strides{tokens * 3 * channels, 3 * channels, length, 1};

    for (const std::int64_t part : {0, 1}) {
        std::uint16_t *const slice = qkv.data() + part * channels;
        axnorm::normalize<"b t h d -> b t h", "d">({slice, axnorm::DType::bfloat16, shape, strides},
                                                   {slice, axnorm::DType::bfloat16, shape, strides},
                                                   {.statistic = axnorm::Statistic::rms,
                                                    .scale = {scale.data(), axnorm::DType::bfloat16, {length}},
                                                    .eps = 1e-6});
    }

    double error = 0;
    bool same_v = true;
    for (std::size_t head = 0; head < qkv.size(); head += length) {
        if (head / channels % 3 == 2) {
            same_v = same_v && std::equal(&qkv[head], &qkv[head] + length, &before[head]);
            continue;
        }
        error = std::max(error, row_error(
                                    length, [&](std::size_t i) { return to_float(before[head + i]); },
                                    [&](std::size_t i) { return to_float(qkv[head + i]); },
                                    [&](std::size_t i) { return to_float(scale[i]); }, false, 1e-6, bfloat16_step));
    }
    return report("q and k, bfloat16", error) && same_v;
}

}  // namespace

int main() {
    const bool good[] = {rms_norm(), layer_norm(), norm_of_q_and_k()};
    return std::ranges::count(good, false) == 0 ? 0 : 1;
}

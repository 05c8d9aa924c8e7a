// Layer norm of the tokens of a batch, on one thread: what a call takes, and which kernel it runs.
#include "my_norms.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

constexpr std::int64_t batch = 8, tokens = 2048, channels = 768;
const axnorm::Extents shape{batch, tokens, channels};

// The median of 51 calls, in microseconds.
template <class F>
double median_us(const F &call) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> times;
    for (int i = 0; i < 51; ++i) {
        const Clock::time_point start = Clock::now();
        call();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::ranges::nth_element(times, times.begin() + 25);
    return times[25];
}

}  // namespace

int main() {
    std::vector<float> x(batch * tokens * channels), y(x.size()), scale(channels, 1.5F), shift(channels, 0.5F);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<float>(i * 37 % 101);
    }
    const axnorm::ConstTensorView from(x.data(), shape);
    const axnorm::TensorView to(y.data(), shape);
    const axnorm::Options options{
        .scale = {scale.data(), {channels}}, .shift = {shift.data(), {channels}}, .parallel = {.threads = 1}};

    const double us = median_us([&] { axnorm::normalize<"b t c -> b t", "c">(from, to, options); });

    const axnorm::Kernel &kernel = axnorm::select_kernel(axnorm::pattern<"b t c -> b t", "c">, from, to, options);
    std::printf("layer norm 8x2048x768: %.0f us, knobs '%.*s'\n", us, static_cast<int>(kernel.knobs.size()),
                kernel.knobs.data());
}

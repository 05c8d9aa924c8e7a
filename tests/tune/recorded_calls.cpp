// Calls for AXNORM_RECORD, by the kernels of knob_norms: some that run, some that are refused.
#include <knob_norms.h>

#include <cstdio>
#include <optional>
#include <vector>

using namespace axnorm;

namespace {

std::vector<float> data(1 << 16), params(1 << 10, 1.0F);
int refused = 0;

void call(const char *pattern, const char *params_text, const Extents &shape, const Options &options = {},
          const std::vector<NamedLength> &lengths = {}, const std::optional<Extents> &strides = {}) {
    const ConstTensorView x(data.data(), DType::float32, shape, strides);
    const TensorView y(data.data(), DType::float32, shape, strides);
    try {
        normalize(parse(pattern, params_text), x, y, options, lengths);
    } catch (const Error &) {
        ++refused;
    }
}

}  // namespace

int main() {
    const ConstTensorView scale(params.data(), {256}), too_short(params.data(), {255});
    const std::vector<NamedLength> two_groups{{"g", 2}};
    for (int i = 0; i < 2; ++i) {  // the second one is known
        call("b c -> b", "c", {64, 256}, {.scale = scale, .parallel = {.threads = 1}});
        call("b c -> b", "c", {64, 256}, {.scale = scale, .parallel = {.threads = 2}});
    }
    call("b h (g n) -> b g", "(g n)", {2, 8, 64}, {.parallel = {.threads = 1}}, two_groups);
    call("b c -> b", "c", {4, 16}, {.parallel = {.threads = 1}}, {}, Extents{20, 1});  // rows are padded
    call("b c -> b", "c", {0, 16}, {.parallel = {.threads = 1}});                      // nothing runs
    // Refused: by the layout, by what overlaps, for want of a kernel, by the options.
    call("b c -> b", "c", {64, 256}, {.scale = too_short});
    call("b c -> b", "c", {8, 16}, {.parallel = {.threads = 1}}, {}, Extents{0, 1});
    call("b c -> b", "c", {8, 16}, {.statistic = Statistic::rms});
    call("b c -> b", "c", {8, 16}, {.parallel = {.threads = -1}});
    call("b c -> b", "c", {8, 16}, {.eps = -1});
    std::printf("%d calls were refused\n", refused);
}

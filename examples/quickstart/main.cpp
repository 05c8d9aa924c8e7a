// The quickstart: the four normalizations at small shapes, and batch norm of real pictures, each one line of axnorm.
//
//     quickstart [--out DIR] [PICTURE]
//
// It compares each with plain loops in double, times it, and writes DIR/before.png and DIR/after.png. The exit code is
// 0 where every difference is within the tolerance.
#include <quickstart_norms.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "naive.h"
#include "tiles.h"
#include "timing.h"

#ifndef QUICKSTART_DIR
#define QUICKSTART_DIR "examples/quickstart"
#endif

namespace {

constexpr double tolerance = 5e-6;

// A system: axnorm's pattern is the template argument of run(), everything else is here.
struct System {
    const char *name;
    std::array<std::int64_t, 4> shape;
    double eps;
    void (*in_float)(const float *, float *, const std::array<std::int64_t, 4> &, double);
    void (*in_double)(const float *, double *, const std::array<std::int64_t, 4> &, double);
};

std::vector<float> normal_data(const std::array<std::int64_t, 4> &shape) {
    std::vector<float> data(static_cast<std::size_t>(shape[0] * shape[1] * shape[2] * shape[3]));
    std::mt19937 engine(1);
    std::normal_distribution<float> normal;
    for (float &value : data) {
        value = normal(engine);
    }
    return data;
}

std::string text_of(const axnorm::Extents &extents) {
    std::string text;
    for (const std::int64_t extent : extents) {
        text += text.empty() ? "" : "x";
        text += std::to_string(extent);
    }
    return text;
}

// The largest difference between y and the naive loops in double; NaN counts as infinite.
double difference(const System &system, const std::vector<float> &x, const std::vector<float> &y) {
    std::vector<double> expected(x.size());
    system.in_double(x.data(), expected.data(), system.shape, system.eps);
    double largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double here = std::abs(static_cast<double>(y[i]) - expected[i]);
        largest = std::isnan(here) ? HUGE_VAL : std::max(largest, here);
    }
    return largest;
}

// Normalizes x into y, and prints a line about it. False where y is not right.
template <axnorm::FixedString Text, axnorm::FixedString... Names>
bool run(const System &system, const std::vector<float> &x, std::vector<float> &y,
         axnorm::AxisLength<Names>... lengths) {
    const axnorm::Extents shape{std::span<const std::int64_t>(system.shape)};
    y.assign(x.size(), NAN);
    const auto call = [&] {
        axnorm::normalize<Text>({x.data(), shape}, {y.data(), shape}, {.eps = system.eps}, lengths...);
    };
    call();
    const double diff = difference(system, x, y);

    const axnorm::Pattern &pattern = axnorm::pattern<Text>;
    const std::array<axnorm::NamedLength, sizeof...(Names)> named{axnorm::NamedLength{Names.view(), lengths.length}...};
    const axnorm::ConstTensorView from(x.data(), shape);
    const axnorm::TensorView to(y.data(), shape);
    const axnorm::Options options;
    const std::string signature(axnorm::select_kernel(pattern, from, to, options, named).signature);
    const std::string statistics = text_of(axnorm::statistics_shape(pattern, shape, named));

    std::vector<float> scratch(x.size());
    const double naive_us = fastest([&] { system.in_float(x.data(), scratch.data(), system.shape, system.eps); });
    const double copy_us = fastest([&] { std::memcpy(scratch.data(), x.data(), x.size() * sizeof(float)); });
    std::printf("%-9s %-11s %-21.*s %-5s %-4s diff=%.1e %9.2f %9.1f %9.2f%s\n", system.name, text_of(shape).c_str(),
                static_cast<int>(pattern.text.size()), pattern.text.data(), signature.c_str(), statistics.c_str(), diff,
                fastest(call), naive_us, copy_us, diff <= tolerance ? "" : "  over 5e-6");
    return diff <= tolerance;
}

bool run_systems() {
    const System batch{"batch", {16, 30, 40, 3}, 1e-10, naive::batch<float>, naive::batch<double>};
    const System layer{"layer", {6, 3, 20, 20}, 1e-12, naive::layer<float>, naive::layer<double>};
    const System instance{"instance", {6, 3, 20, 20}, 1e-12, naive::instance<float>, naive::instance<double>};
    const System group{"group", {6, 6, 20, 20}, 1e-12, naive::group<float>, naive::group<double>};
    std::vector<float> y;
    bool right = run<"b h w c -> c">(batch, normal_data(batch.shape), y);
    right &= run<"b c h w -> b">(layer, normal_data(layer.shape), y);
    right &= run<"b c h w -> b c">(instance, normal_data(instance.shape), y);
    right &= run<"b (g n) h w -> b g">(group, normal_data(group.shape), y, axnorm::axis<"g"> = 3);
    return right;
}

// Batch norm of sixteen tiles. In after.png, -2.5 .. 2.5 standard deviations around each channel's mean are 0 .. 255.
bool run_pictures(const std::string &picture, const std::string &out) {
    RgbImage image = read_png(picture);
    const System pictures{"pictures", tiles_shape(image), 1e-10, naive::batch<float>, naive::batch<double>};
    const std::vector<float> x = cut_tiles(image);
    std::vector<float> y;
    const bool right = run<"b h w c -> c">(pictures, x, y);

    join_tiles(x, 0.0F, 1.0F, image);
    write_png(out + "/before.png", image);
    join_tiles(y, -2.5F, 2.5F, image);
    write_png(out + "/after.png", image);
    std::printf("wrote %s/before.png and %s/after.png\n", out.c_str(), out.c_str());
    return right;
}

}  // namespace

int main(int argc, char **argv) {
    std::string out = ".", picture = QUICKSTART_DIR "/data/astronaut_160x120.png";
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--out" && i + 1 < argc) {
            out = argv[++i];
        } else if (argument.starts_with("-")) {
            std::printf("quickstart [--out DIR] [PICTURE]\n");
            return argument == "--help" ? 0 : 2;
        } else {
            picture = argument;
        }
    }
    try {
        std::printf("%-9s %-11s %-21s %-5s %-4s %12s %9s %9s %9s\n", "", "shape", "pattern", "sig.", "stat",
                    "vs double", "axnorm us", "naive us", "copy us");
        const bool systems_right = run_systems();
        return run_pictures(picture, out) && systems_right ? 0 : 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

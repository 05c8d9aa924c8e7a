// Loads a plugin and calls its layer norm, compared with plain loops.
//
//     plugin norms_plugin.so
#include <dlfcn.h>

#include <cstdio>
#include <vector>

#include "reference.h"

using LayerNorm = int (*)(const float *x, float *y, const float *scale, long rows, long length);

int main(int argc, char **argv) {
    void *const plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
    void *const function = plugin != nullptr ? dlsym(plugin, "plugin_layer_norm") : nullptr;
    if (function == nullptr) {
        std::fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: plugin norms_plugin.so");
        return 1;
    }
    const auto layer_norm = reinterpret_cast<LayerNorm>(function);

    const long rows = 5, length = 96;
    std::vector<float> x(rows * length), y(rows * length), scale(length);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = 100 + static_cast<float>(i * 37 % 101) / 10;
        scale[i % length] = 1 + static_cast<float>(i % length) / 100;
    }
    if (layer_norm(x.data(), y.data(), scale.data(), rows, length) != 0) {
        std::fprintf(stderr, "the plugin refuses the call\n");
        return 1;
    }
    const double difference = largest_difference(x.data(), y.data(), scale.data(), rows, length);
    std::printf("layer norm of a plugin: largest difference %.1e\n", difference);
    return difference < 1e-5 ? 0 : 1;
}

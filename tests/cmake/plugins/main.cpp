// Loads two plugins into one program, in which they could see each other's symbols: each has an axnorm of its own.
//
//     plugins FIRST SECOND
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "plugin.h"

namespace {

const Plugin &load(const char *path) {
    void *const handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) {
        std::printf("%s\n", dlerror());
        std::exit(1);
    }
    return *reinterpret_cast<const Plugin *(*)()>(dlsym(handle, "plugin"))();
}

bool failed = false;

void check(bool holds, const std::string &what) {
    std::printf("%s: %s\n", holds ? "right" : "wrong", what.c_str());
    failed = failed || !holds;
}

// It has its kernels, and not those of the other one.
void check_plugin(const Plugin &plugin, const char *own, const char *others, const char *pattern,
                  const char *pattern_of_others) {
    const std::string kernels = plugin.kernels();
    check(kernels.find(own) != std::string::npos && kernels.find(others) == std::string::npos, "kernels\n" + kernels);
    const std::string message = plugin.normalize(pattern);
    check(message.empty(), std::string(pattern) + ": " + message);
    const std::string refusal = plugin.normalize(pattern_of_others);
    check(refusal.find("no linked kernel serves") != std::string::npos, refusal);
}

}  // namespace

int main(int, char **argv) {
    const Plugin &first = load(argv[1]), &second = load(argv[2]);
    check_plugin(first, "first_norms", "second_norms", "b c h w -> b c", "b c h w -> c");
    check_plugin(second, "second_norms", "first_norms", "b c -> b", "b c h w -> c");
    first.set_num_threads(3);
    second.set_num_threads(5);
    check(first.num_threads() == 3 && second.num_threads() == 5, "each has settings of its own");
    return failed ? 1 : 0;
}

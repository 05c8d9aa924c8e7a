// Loads a plugin, lets it make a call that has threads, and unloads it: the threads are still there, and so is their
// code.
//
//     unload PLUGIN
#include <dlfcn.h>

#include <cstdio>
#include <thread>

#include "plugin.h"

namespace {

bool failed = false;

void check(bool holds, const char *what) {
    if (!holds) {
        std::printf("wrong: %s\n", what);
        failed = true;
    }
}

}  // namespace

int main(int, char **argv) {
    for (int i = 0; i < 20; ++i) {
        void *const handle = dlopen(argv[1], RTLD_NOW);
        if (handle == nullptr) {
            std::printf("%s\n", dlerror());
            return 1;
        }
        // By a thread that ends: what one keeps for its next call holds the library, too.
        std::thread([&] {
            const Plugin &plugin = *reinterpret_cast<const Plugin *(*)()>(dlsym(handle, "plugin"))();
            plugin.set_num_threads(2);
            check(*plugin.normalize("b c -> b") == '\0', "the call");
        }).join();
        dlclose(handle);
        check(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr || std::thread::hardware_concurrency() == 1,
              "it is gone");
    }
    return failed ? 1 : 0;
}

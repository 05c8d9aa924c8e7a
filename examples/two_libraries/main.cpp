// Runs both parts, and prints which libraries and kernels are linked.
#include <axnorm/axnorm.h>

#include <cstdio>

#include "parts.h"

int main() {
    for (const axnorm::Library *library = axnorm::first_library(); library != nullptr; library = library->next()) {
        std::printf("library %.*s\n", static_cast<int>(library->name().size()), library->name().data());
    }
    for (const axnorm::Kernel *kernel : axnorm::kernels()) {
        std::printf("kernel %.*s\n", static_cast<int>(kernel->name.size()), kernel->name.data());
    }
    const bool encoder = run_encoder(), decoder = run_decoder();
    return encoder && decoder ? 0 : 1;
}

// axnorm-generator: Halide's generator program; and, for programs that choose knobs or count by them, the knobs.
//
//     axnorm-generator -g norm -f NAME -o FOLDER -e object target=... signature=kR knobs=rows:4    # a kernel
//     axnorm-generator --knobs                 # all families of schedules and their knobs, as JSON
//     axnorm-generator --knobs kR              # the family that serves the signature; with a device behind it, there
//     axnorm-generator --knobs kR-1024 cuda
#include <cstdio>
#include <exception>
#include <string>

#include "Halide.h"
#include "list_knobs.h"

int main(int argc, char **argv) {
    if (argc < 2 || std::string(argv[1]) != "--knobs") {
        return Halide::Internal::generate_filter_main(argc, argv);
    }
    try {
        std::fputs(axnorm::codegen::list_knobs({argv + 2, argv + argc}).c_str(), stdout);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "axnorm-generator --knobs: %s\n", error.what());
        return 1;
    }
    return 0;
}

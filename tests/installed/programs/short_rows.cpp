// Layer norm of 3 rows of so many elements, in an x that holds rows of fewer: what is read then is not the program's.
//
//     program LENGTH HELD
#include HEADER

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int, char **argv) {
    const int length = std::atoi(argv[1]), held = std::atoi(argv[2]);
    const std::vector<float> x(static_cast<std::size_t>(3 * held), 1);
    std::vector<float> y(static_cast<std::size_t>(3 * length));
    axnorm::normalize("b c -> b", "", {x.data(), {3, length}}, {y.data(), {3, length}}, {.parallel = {.threads = 1}});
    std::printf("done\n");
}

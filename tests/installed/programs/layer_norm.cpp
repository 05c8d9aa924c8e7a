// Layer norm of three rows, by the library whose header is given.
#include HEADER

#include <cstdio>

int main() {
    float x[3 * 64], y[3 * 64];
    for (int i = 0; i < 3 * 64; ++i) {
        x[i] = static_cast<float>(i * 37 % 101);
    }
    axnorm::normalize<"b t c -> b t", "c">({x, {1, 3, 64}}, {y, {1, 3, 64}});
    std::printf("%.3f\n", y[0]);
}

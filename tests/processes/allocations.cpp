// A call like an earlier one of its thread allocates nothing: for threads that may not wait, as those of audio.
#include <axnorm_default.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

long allocations = 0;

}  // namespace

// In place of the C library's, for all of the program.
extern "C" {
void *__libc_malloc(std::size_t bytes);
void *__libc_memalign(std::size_t alignment, std::size_t bytes);

void *malloc(std::size_t bytes) {
    ++allocations;
    return __libc_malloc(bytes);
}

void *aligned_alloc(std::size_t alignment, std::size_t bytes) {
    ++allocations;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, std::size_t alignment, std::size_t bytes) {
    *memory = aligned_alloc(alignment, bytes);
    return *memory == nullptr ? 12 : 0;
}
}

namespace {

using namespace axnorm;

template <class Call>
bool allocates(const char *name, Call call) {
    const long before_first = allocations;
    call();
    const long first = allocations - before_first, before = allocations;
    for (int i = 0; i < 10; ++i) {
        call();
    }
    const long later = allocations - before;
    std::printf("%s: %ld allocations in the first call, %ld in ten more\n", name, first, later);
    return later != 0;
}

}  // namespace

int main() {
    constexpr std::int64_t channels = 32, side = 16, images = 8, all = images * channels * side * side;
    std::vector<float> x(all), y(all), scale(all / images + 1, 1.0F);
    const Extents shape{images, channels, side, side}, nhwc{channels * side * side, 1, side * channels, channels};
    Options options{.scale = {scale.data(), {channels}}, .parallel = {.threads = 1}};
    bool found = false;
    const TensorView in{x.data(), shape, nhwc}, out{y.data(), shape, nhwc};
    found |= allocates("batch NHWC", [&] { normalize<"b c h w -> c", "c">(in, out, options); });
    found |= allocates("batch NCHW", [&] {
        normalize<"b c h w -> c", "c">({x.data(), shape}, {y.data(), shape}, options);
    });
    found |=
        allocates("group NHWC", [&] { normalize<"b (g n) h w -> b g", "(g n)">(in, out, options, axis<"g"> = 8); });
    constexpr std::int64_t length = 1000, rows = all / length;
    // Scale begins within a line of the caches: it is copied.
    options.scale = {scale.data() + 1, {length}};
    found |= allocates("layer", [&] {
        normalize<"b c -> b", "c">({x.data(), {rows, length}}, {y.data(), {rows, length}}, options);
    });
    found |= allocates("strings, strided", [&] {
        normalize("b c -> b", "", {x.data(), {rows, length / 2}, {length, 2}}, {y.data(), {rows, length / 2}});
    });
    return found ? 1 : 0;
}

#include "streaming.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>

#include "runtime/system/found.h"
#include "runtime/system/isa.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm {

namespace {

constexpr std::int64_t line = 64;

// Memory to be fetched, a line with each line that is copied.
struct Fetched {
    const char *from;
    std::int64_t bytes;

    void line_at(std::int64_t offset) const {
        if (offset < bytes) {
            _mm_prefetch(from + offset, _MM_HINT_T1);
        }
    }
};

// Whole lines.
using CopyLines = void (*)(char *to, const char *from, std::int64_t bytes, Fetched next);

void copy_lines_sse2(char *to, const char *from, std::int64_t bytes, Fetched next) {
    for (std::int64_t i = 0; i < bytes; i += line) {
        next.line_at(i);
        const auto *source = reinterpret_cast<const __m128i *>(from + i);
        auto *target = reinterpret_cast<__m128i *>(to + i);
        const __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1);
        const __m128i c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
        _mm_stream_si128(target, a);
        _mm_stream_si128(target + 1, b);
        _mm_stream_si128(target + 2, c);
        _mm_stream_si128(target + 3, d);
    }
}

__attribute__((target("avx"))) void copy_lines_avx(char *to, const char *from, std::int64_t bytes, Fetched next) {
    for (std::int64_t i = 0; i < bytes; i += line) {
        next.line_at(i);
        const auto *source = reinterpret_cast<const __m256i *>(from + i);
        auto *target = reinterpret_cast<__m256i *>(to + i);
        const __m256i a = _mm256_loadu_si256(source), b = _mm256_loadu_si256(source + 1);
        _mm256_stream_si256(target, a);
        _mm256_stream_si256(target + 1, b);
    }
}

__attribute__((target("avx512f"))) void copy_lines_avx512(char *to, const char *from, std::int64_t bytes,
                                                          Fetched next) {
    for (std::int64_t i = 0; i < bytes; i += line) {
        next.line_at(i);
        _mm512_stream_si512(reinterpret_cast<__m512i *>(to + i), _mm512_loadu_si512(from + i));
    }
}

}  // namespace

// sysconf() counts those of all cores on some machines (384 MB where a core has 32).
std::int64_t last_level_cache() {
    static constinit Found<std::int64_t> size;
    return size.get([] {
        for (const char *level : {"3", "2"}) {
            std::ifstream file(std::string("/sys/devices/system/cpu/cpu0/cache/index") + level + "/size");
            std::int64_t kilobytes = 0;
            if (file >> kilobytes && kilobytes > 0) {
                return kilobytes << 10;
            }
        }
        return limits.usual_cache_bytes;
    });
}

int streamed_bytes() {
    constexpr int bytes[] = {16, 32, 64};  // by instruction set
    return bytes[static_cast<std::size_t>(instruction_set())];
}

// In place the lines of y have been read already.
bool is_streamed(const Operands &operands, Stores of_call, Stores of_kernel, std::int64_t elements, int threads) {
    if (of_call != Stores::automatic) {
        return of_call == Stores::streaming;
    }
    const ConstTensorView &x = operands[role_x], &y = operands[role_y];
    if (x.data() == y.data()) {
        return false;
    }
    if (threads == 1 && of_kernel != Stores::automatic) {
        return of_kernel == Stores::streaming;
    }
    const double share = threads > 1 ? thresholds().streamed_share_of_threads : thresholds().streamed_share;
    const auto room = static_cast<std::int64_t>(share * static_cast<double>(last_level_cache()));
    return elements * (size_of(x.dtype()) + size_of(y.dtype())) >= room;
}

void finish_streaming() {
    _mm_sfence();
}

}  // namespace axnorm

extern "C" int axnorm_stream(void *y, std::int64_t y_offset, const void *tile, std::int64_t bytes, const void *x,
                             std::int64_t next_offset, std::int64_t next_bytes) {
    const int at_once = axnorm::streamed_bytes();
    const axnorm::CopyLines copy_lines = at_once == 64   ? axnorm::copy_lines_avx512
                                         : at_once == 32 ? axnorm::copy_lines_avx
                                                         : axnorm::copy_lines_sse2;
    char *to = static_cast<char *>(y) + y_offset;
    const char *from = static_cast<const char *>(tile);
    const auto past_line = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) % axnorm::line);
    const std::int64_t head = std::min((axnorm::line - past_line) % axnorm::line, bytes);
    const std::int64_t whole = (bytes - head) / axnorm::line * axnorm::line;
    std::memcpy(to, from, static_cast<std::size_t>(head));
    copy_lines(to + head, from + head, whole, {static_cast<const char *>(x) + next_offset, next_bytes});
    std::memcpy(to + head + whole, from + head + whole, static_cast<std::size_t>(bytes - head - whole));
    return 0;
}

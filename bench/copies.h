// Three ways to copy: the fastest in the same run is what a normalization is compared with.
//
//     copy_stream(to, from, count);  // both on a 64-byte boundary
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace bench {

inline bool has_avx2() {
    return __builtin_cpu_supports("avx2") != 0;
}

inline void copy_memcpy(float *to, const float *from, std::int64_t count) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

// With AVX2 stores.
__attribute__((target("avx2"))) inline void copy_avx2(float *to, const float *from, std::int64_t count) {
    std::int64_t i = 0;
    for (; i + 32 <= count; i += 32) {
        const __m256 a = _mm256_load_ps(from + i), b = _mm256_load_ps(from + i + 8);
        const __m256 c = _mm256_load_ps(from + i + 16), d = _mm256_load_ps(from + i + 24);
        _mm256_store_ps(to + i, a);
        _mm256_store_ps(to + i + 8, b);
        _mm256_store_ps(to + i + 16, c);
        _mm256_store_ps(to + i + 24, d);
    }
    copy_memcpy(to + i, from + i, count - i);
}

// With AVX2 stores that go past the caches.
__attribute__((target("avx2"))) inline void copy_stream(float *to, const float *from, std::int64_t count) {
    std::int64_t i = 0;
    for (; i + 32 <= count; i += 32) {
        const __m256 a = _mm256_load_ps(from + i), b = _mm256_load_ps(from + i + 8);
        const __m256 c = _mm256_load_ps(from + i + 16), d = _mm256_load_ps(from + i + 24);
        _mm256_stream_ps(to + i, a);
        _mm256_stream_ps(to + i + 8, b);
        _mm256_stream_ps(to + i + 16, c);
        _mm256_stream_ps(to + i + 24, d);
    }
    _mm_sfence();
    copy_memcpy(to + i, from + i, count - i);
}

}  // namespace bench

// Address space of which few pages are used.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reference/tensors.h"

namespace axnorm::test {

// Zeros without pages behind them until they are written.
class Sparse {
  public:
    explicit Sparse(std::int64_t count, std::int64_t size = 4) : bytes_(static_cast<std::size_t>(count * size)) {
        memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    Sparse(const Sparse &) = delete;
    Sparse &operator=(const Sparse &) = delete;
    ~Sparse() {
        if (exists()) {
            munmap(memory_, bytes_);
        }
    }
    bool exists() const { return memory_ != MAP_FAILED; }
    float *data() const { return static_cast<float *>(memory_); }
    unsigned char *bytes() const { return static_cast<unsigned char *>(memory_); }

  private:
    std::size_t bytes_;
    void *memory_;
};

inline constexpr std::int64_t giga = std::int64_t{1} << 30;

// The elements of a tensor in the order of its shape, of three axes.
template <typename Visit>
void visit_three(const Shape &shape, const Shape &strides, const Visit &f) {
    for (std::int64_t a = 0; a < shape[0]; ++a) {
        for (std::int64_t b = 0; b < shape[1]; ++b) {
            for (std::int64_t c = 0; c < shape[2]; ++c) {
                f(a * strides[0] + b * strides[1] + c * strides[2]);
            }
        }
    }
}

// Elements that lie in the same memory, again and again.
class Repeated {
  public:
    Repeated(std::size_t bytes, std::size_t window) : bytes_(bytes) {
        const int file = memfd_create("axnorm_huge_test", 0);
        EXPECT_TRUE(file >= 0 && bytes % window == 0 && ftruncate(file, static_cast<off_t>(window)) == 0);
        memory_ = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        for (std::size_t at = 0; memory_ != MAP_FAILED && at < bytes; at += window) {
            EXPECT_NE(mmap(static_cast<char *>(memory_) + at, window, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                           file, 0),
                      MAP_FAILED);
        }
        ::close(file);
    }
    Repeated(const Repeated &) = delete;
    Repeated &operator=(const Repeated &) = delete;
    ~Repeated() {
        if (memory_ != MAP_FAILED) {
            munmap(memory_, bytes_);
        }
    }
    unsigned char *data() const { return static_cast<unsigned char *>(memory_); }

  private:
    std::size_t bytes_;
    void *memory_;
};

}  // namespace axnorm::test

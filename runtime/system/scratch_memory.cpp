#include "scratch_memory.h"

#include <HalideRuntime.h>

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include "runtime/tuning/thresholds.h"

// Where a program has Halide's runtime too (errors.cpp), its halide_malloc() may be the one that is linked.
extern "C" [[gnu::weak, gnu::visibility("hidden")]] halide_malloc_t halide_set_custom_malloc(halide_malloc_t);
extern "C" [[gnu::weak, gnu::visibility("hidden")]] halide_free_t halide_set_custom_free(halide_free_t);

namespace axnorm {
namespace {

constexpr std::size_t alignment = ScratchMemory::alignment;

// Lies before the memory that a kernel gets.
struct alignas(alignment) Block {
    std::size_t size = 0;  // of the memory behind
};

// Kernels call it, which know no exceptions: it has room for what it keeps.
class Memory {
  public:
    constexpr Memory() = default;
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;
    ~Memory() {
        while (count_ > 0) {
            std::free(kept_[--count_]);  // NOLINT: from aligned_alloc
        }
    }

    // The smallest block that is large enough, and not for something much smaller.
    Block *take(std::size_t size) {
        std::size_t best = count_;
        for (std::size_t i = 0; i < count_; ++i) {
            const std::size_t there = kept_[i]->size;
            if (there >= size && there / limits.kept_scratch_waste <= size &&
                (best == count_ || there < kept_[best]->size)) {
                best = i;
            }
        }
        if (best == count_) {
            return nullptr;
        }
        bytes_ -= kept_[best]->size;
        return std::exchange(kept_[best], kept_[--count_]);
    }

    bool keep(Block *block) {
        if (bytes_ + block->size > limits.kept_scratch_bytes || count_ == kept_.size()) {
            return false;
        }
        bytes_ += block->size;
        kept_[count_++] = block;
        return true;
    }

  private:
    std::array<Block *, limits.kept_scratch_blocks> kept_{};
    std::size_t count_ = 0, bytes_ = 0;
};

constinit thread_local Memory memory;

void *take_memory(void *, std::size_t size) noexcept {
    size = (size + alignment - 1) / alignment * alignment;
    Block *block = memory.take(size);
    if (block == nullptr) {
        block = static_cast<Block *>(std::aligned_alloc(alignment, sizeof(Block) + size));
        if (block == nullptr) {
            return nullptr;
        }
        block->size = size;
    }
    return block + 1;
}

void return_memory(void *, void *data) noexcept {
    if (data == nullptr) {
        return;
    }
    Block *block = static_cast<Block *>(data) - 1;
    if (!memory.keep(block)) {
        std::free(block);  // NOLINT: from aligned_alloc
    }
}

}  // namespace

ScratchMemory::ScratchMemory(std::size_t bytes) : data_(take_memory(nullptr, bytes)) {
    if (data_ == nullptr) {
        throw std::bad_alloc();
    }
}

ScratchMemory::~ScratchMemory() {
    return_memory(nullptr, data_);
}

void install_scratch_memory() {
    if (halide_set_custom_malloc != nullptr && halide_set_custom_free != nullptr) {
        halide_set_custom_malloc(take_memory);
        halide_set_custom_free(return_memory);
    }
}

}  // namespace axnorm

// What kernels call.
extern "C" [[gnu::weak]] void *halide_malloc(void *, std::size_t size) {
    return axnorm::take_memory(nullptr, size);
}

extern "C" [[gnu::weak]] void halide_free(void *, void *data) {
    axnorm::return_memory(nullptr, data);
}

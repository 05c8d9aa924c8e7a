#include "scratch_memory.h"

#include <HalideRuntime.h>

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include "runtime/tuning/thresholds.h"

namespace axnorm {
namespace {

constexpr std::size_t alignment = ScratchMemory::alignment;

// Lies before the memory that a kernel gets.
struct alignas(alignment) Block {
    std::size_t size = 0;  // of the memory behind
    bool is_of_kernel = false;
    Block *before = nullptr, *after = nullptr;  // what the kernel took before it and after it, and did not give back
};

// Kernels call it, which know no exceptions: it has room for what it keeps.
class Memory {
  public:
    constexpr Memory() = default;
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;
    ~Memory() {
        std::free(usual_);  // NOLINT: from aligned_alloc
        while (count_ > 0) {
            std::free(kept_[--count_].block);  // NOLINT: from aligned_alloc
        }
    }

    // The smallest block that is large enough, and not for something much smaller. A kernel like the one before finds
    // its own at the end.
    Block *take(std::size_t size) {
        std::size_t best = count_;
        for (std::size_t i = count_; i-- > 0;) {
            const std::size_t there = kept_[i].size;
            if (there >= size && there / limits.kept_scratch_waste <= size &&
                (best == count_ || there < kept_[best].size)) {
                best = i;
                if (there == size) {
                    break;
                }
            }
        }
        if (best == count_) {
            return nullptr;
        }
        bytes_ -= kept_[best].size;
        return std::exchange(kept_[best], kept_[--count_]).block;
    }

    void *usual(std::size_t bytes) {  // or nullptr
        if (usual_ == nullptr) {
            usual_ = std::aligned_alloc(alignment, bytes);
        }
        return usual_;
    }

    bool keep(Block *block) {
        if (bytes_ + block->size > limits.kept_scratch_bytes || count_ == kept_.size()) {
            return false;
        }
        bytes_ += block->size;
        kept_[count_++] = {block->size, block};
        return true;
    }

  private:
    struct Kept {
        std::size_t size;
        Block *block;
    };
    std::array<Kept, limits.kept_scratch_blocks> kept_{};
    std::size_t count_ = 0, bytes_ = 0;
    void *usual_ = nullptr;  // of small kernels, never returned
};

constinit thread_local Memory memory;

// Where a kernel ends for which there is no memory: of the compiler's setjmp(), which takes three stores of each call.
using EndOfKernel = std::array<void *, 5>;

// The kernel that a thread runs. It needs no constructor, and so no question in each call whether that has run.
struct RunningKernel {
    EndOfKernel *end = nullptr;
    Block *last = nullptr;  // the block that it took last

    void add(Block *block) {
        block->is_of_kernel = true;
        block->before = last;
        block->after = nullptr;
        if (last != nullptr) {
            last->after = block;
        }
        last = block;
    }

    void remove(Block *block) {
        block->is_of_kernel = false;
        (block->after == nullptr ? last : block->after->before) = block->before;
        if (block->before != nullptr) {
            block->before->after = block->after;
        }
    }
};

constinit thread_local RunningKernel running;

// Or nullptr.
void *take_memory(std::size_t size) noexcept {
    size = (size + alignment - 1) / alignment * alignment;
    Block *block = memory.take(size);
    if (block == nullptr) {
        block = static_cast<Block *>(std::aligned_alloc(alignment, sizeof(Block) + size));
        if (block == nullptr) {
            return nullptr;
        }
        *block = {.size = size};
    }
    return block + 1;
}

void return_memory(void *data) noexcept {
    if (data == nullptr) {
        return;
    }
    Block *block = static_cast<Block *>(data) - 1;
    if (block->is_of_kernel) {
        running.remove(block);
    }
    if (!memory.keep(block)) {
        std::free(block);  // NOLINT: from aligned_alloc
    }
}

void *take_memory_of_kernel(std::size_t size) noexcept {
    void *data = take_memory(size);
    if (data == nullptr) {
        __builtin_longjmp(running.end->data(), 1);  // no frame of C++ is between
    }
    running.add(static_cast<Block *>(data) - 1);
    return data;
}

}  // namespace

ScratchMemory::ScratchMemory(std::size_t bytes) : data_(take_memory(bytes)) {
    if (data_ == nullptr) {
        throw std::bad_alloc();
    }
}

ScratchMemory::~ScratchMemory() {
    return_memory(data_);
}

void *scratch_of_thread(std::size_t bytes) noexcept {
    return memory.usual(bytes);
}

int run_in_scratch_memory(int (*kernel)(void **), void **arguments) {
    EndOfKernel end;
    running.end = &end;
    int error = 0;
    if (__builtin_setjmp(end.data()) == 0) {
        error = kernel(arguments);
    } else {
        while (running.last != nullptr) {
            return_memory(running.last + 1);
        }
        error = halide_error_code_out_of_memory;
    }
    running.end = nullptr;
    return error;
}

}  // namespace axnorm

void *axnorm_take_scratch(void *, std::int64_t bytes) {
    return axnorm::take_memory_of_kernel(static_cast<std::size_t>(bytes));
}

int axnorm_return_scratch(void *, void *data) {
    axnorm::return_memory(data);
    return 0;
}

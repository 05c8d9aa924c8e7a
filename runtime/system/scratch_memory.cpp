#include "scratch_memory.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <vector>

#include "runtime/tuning/thresholds.h"

namespace axnorm {
namespace {

constexpr std::size_t alignment = ScratchMemory::alignment;

// Lies before the memory that a kernel gets.
struct alignas(alignment) Block {
    std::size_t size = 0;     // of the memory behind
    Block *before = nullptr;  // the one that was taken before it, and the one after, of those in use
    Block *after = nullptr;
};

class Memory {
  public:
    Memory() { kept_.reserve(limits.kept_scratch_blocks); }
    Memory(const Memory &) = delete;
    Memory &operator=(const Memory &) = delete;
    ~Memory() {
        for (Block *block : kept_) {
            std::free(block);  // NOLINT: from aligned_alloc
        }
    }

    // The smallest block that is large enough, and not for something much smaller.
    Block *take(std::size_t size) {
        auto best = kept_.end();
        for (auto block = kept_.begin(); block != kept_.end(); ++block) {
            if ((*block)->size >= size && (*block)->size / limits.kept_scratch_waste <= size &&
                (best == kept_.end() || (*block)->size < (*best)->size)) {
                best = block;
            }
        }
        if (best == kept_.end()) {
            return nullptr;
        }
        Block *block = *best;
        bytes_ -= block->size;
        kept_.erase(best);
        return block;
    }

    bool keep(Block *block) {
        if (bytes_ + block->size > limits.kept_scratch_bytes || kept_.size() == kept_.capacity()) {
            return false;
        }
        bytes_ += block->size;
        kept_.push_back(block);
        return true;
    }

  private:
    std::vector<Block *> kept_;
    std::size_t bytes_ = 0;
};

thread_local Memory memory;

// Where a kernel ends for which there is no memory: of the compiler's setjmp(), which takes three stores of each call.
using EndOfKernel = std::array<void *, 5>;

// What the thread has in use. It needs no constructor, and so no question in each call whether that has run.
struct InUse {
    Block *last = nullptr;  // the block that was taken last
    EndOfKernel *kernel = nullptr;

    void add(Block *block) {
        block->before = last;
        block->after = nullptr;
        if (last != nullptr) {
            last->after = block;
        }
        last = block;
    }

    void remove(Block *block) {
        (block->after == nullptr ? last : block->after->before) = block->before;
        if (block->before != nullptr) {
            block->before->after = block->after;
        }
    }
};

constinit thread_local InUse in_use;

// Or nullptr.
void *take_memory(std::size_t size) {
    size = (size + alignment - 1) / alignment * alignment;
    Block *block = memory.take(size);
    if (block == nullptr) {
        block = static_cast<Block *>(std::aligned_alloc(alignment, sizeof(Block) + size));
        if (block == nullptr) {
            return nullptr;
        }
        block->size = size;
    }
    in_use.add(block);
    return block + 1;
}

void return_memory(void *, void *data) {
    if (data == nullptr) {
        return;
    }
    Block *block = static_cast<Block *>(data) - 1;
    in_use.remove(block);
    if (!memory.keep(block)) {
        std::free(block);  // NOLINT: from aligned_alloc
    }
}

void *take_memory_of_kernel(void *, std::size_t size) {
    void *data = take_memory(size);
    if (data == nullptr && in_use.kernel != nullptr) {
        __builtin_longjmp(in_use.kernel->data(), 1);  // no frame of C++ is between
    }
    return data;
}

}  // namespace

ScratchMemory::ScratchMemory(std::size_t bytes) : data_(take_memory(bytes)) {
    if (data_ == nullptr) {
        throw std::bad_alloc();
    }
}

ScratchMemory::~ScratchMemory() {
    return_memory(nullptr, data_);
}

void install_scratch_memory() {
    halide_set_custom_malloc(take_memory_of_kernel);
    halide_set_custom_free(return_memory);
}

int run_in_scratch_memory(int (*kernel)(void **), void **arguments) {
    EndOfKernel here;
    EndOfKernel *const outer = in_use.kernel;
    Block *const last = in_use.last;
    in_use.kernel = &here;
    int error = 0;
    if (__builtin_setjmp(here.data()) == 0) {
        error = kernel(arguments);
    } else {
        while (in_use.last != last) {
            return_memory(nullptr, in_use.last + 1);
        }
        error = halide_error_code_out_of_memory;
    }
    in_use.kernel = outer;
    return error;
}

}  // namespace axnorm

#include "scratch_memory.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "runtime/tuning/thresholds.h"

namespace axnorm {
namespace {

constexpr std::size_t alignment = ScratchMemory::alignment;

// Lies before the memory that a kernel gets.
struct alignas(alignment) Block {
    std::size_t size = 0;  // of the memory behind
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

void *take_memory(void *, std::size_t size) {
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

void return_memory(void *, void *data) {
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
    halide_set_custom_malloc(take_memory);
    halide_set_custom_free(return_memory);
}

}  // namespace axnorm

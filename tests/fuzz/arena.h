// Memory for the tensors of a call: a slot of its own for each, with pages around it that nothing may touch. A tensor
// lies at the begin or at the end of its slot, so that what is read or written before it, or behind it, ends the
// program.
#pragma once

#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "input.h"

namespace axnorm::fuzz {

inline constexpr std::size_t slot_bytes = 12288;
inline constexpr unsigned char canary = 0xa5;

class Arena {
  public:
    explicit Arena(std::size_t slots) : slots_(slots) {
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        const std::size_t bytes = slots * (slot_bytes + guard_bytes) + guard_bytes;
        void *memory = mmap(nullptr, bytes, PROT_NONE, flags, -1, 0);
        AXNORM_WANT(memory != MAP_FAILED);
        base_ = static_cast<unsigned char *>(memory);
        for (std::size_t i = 0; i < slots; ++i) {
            AXNORM_WANT(mprotect(slot(i), slot_bytes, PROT_READ | PROT_WRITE) == 0);
        }
    }

    unsigned char *slot(std::size_t i) const { return base_ + guard_bytes + i * (slot_bytes + guard_bytes); }
    unsigned char *forbidden() const { return base_ + guard_bytes / 2; }

    void fill() const {
        for (std::size_t i = 0; i < slots_; ++i) {
            std::memset(slot(i), canary, slot_bytes);
        }
    }

    void copy_to(std::vector<unsigned char> &bytes) const {
        bytes.resize(slots_ * slot_bytes);
        for (std::size_t i = 0; i < slots_; ++i) {
            std::memcpy(bytes.data() + i * slot_bytes, slot(i), slot_bytes);
        }
    }

    bool equals(const std::vector<unsigned char> &bytes) const {
        for (std::size_t i = 0; i < slots_; ++i) {
            if (std::memcmp(bytes.data() + i * slot_bytes, slot(i), slot_bytes) != 0) {
                return false;
            }
        }
        return true;
    }

    // Of an address in a slot: where its copy is.
    std::size_t offset_of(const unsigned char *address) const {
        const auto from_first = static_cast<std::size_t>(address - slot(0));
        const std::size_t i = from_first / (slot_bytes + guard_bytes);
        return i * slot_bytes + from_first % (slot_bytes + guard_bytes);
    }

  private:
    static constexpr std::size_t guard_bytes = 1 << 20;

    std::size_t slots_;
    unsigned char *base_;
};

}  // namespace axnorm::fuzz

// Whole pages of memory, with canaries before and behind.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace axnorm::measure {

class GuardedMemory {
  public:
    explicit GuardedMemory(std::size_t bytes = 0);

    unsigned char *data() const { return memory_.get() + guard; }  // at the beginning of a page
    std::size_t size() const { return bytes_; }
    void make_guards() const;  // anew
    bool guards_intact() const;

    static constexpr std::size_t page = 4096;

  private:
    static constexpr std::size_t guard = 16 * page;

    struct Free {
        void operator()(unsigned char *memory) const { std::free(memory); }  // NOLINT: from aligned_alloc
    };
    std::size_t bytes_;
    std::unique_ptr<unsigned char, Free> memory_;
};

}  // namespace axnorm::measure

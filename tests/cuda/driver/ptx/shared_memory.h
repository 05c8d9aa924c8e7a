// A block's shared memory, with who touched each byte since the last barrier: a race is found on whatever order it ran.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace axnorm::ptx {

class SharedMemory {
  public:
    SharedMemory(std::uint32_t size, std::uint32_t threads, bool checks_races);

    void begin_block();                // fills it with 0xff, which are NaN
    void pass_barrier() { ++epoch_; }  // of the whole block
    void pass_warp_barrier(std::uint32_t warp) { ++warp_epochs_[warp]; }

    std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
    std::uint8_t *at(std::uint64_t address) { return bytes_.data() + address; }

    // The other thread if this access and one of its are not ordered by a barrier. Storing what is there already beside
    // another store of it is no race, neither are two atomic accesses.
    std::optional<std::uint32_t> read(std::uint32_t thread, std::uint64_t address, std::uint32_t size);
    std::optional<std::uint32_t> write(std::uint32_t thread, std::uint64_t address, std::uint32_t size,
                                       const void *stored);
    std::optional<std::uint32_t> atomic(std::uint32_t thread, std::uint64_t address, std::uint32_t size);

  private:
    static constexpr std::uint16_t many = 0xffff;  // several threads, of one warp or of several
    struct Touch {
        std::uint32_t epoch = 0, warp_epoch = 0;
        std::uint16_t thread = 0, first_thread = 0;
        bool many_warps = false, atomic = false;
    };
    struct Byte {
        Touch written, read;
    };
    bool ordered(const Touch &touch, std::uint32_t thread) const;
    void record(Touch &touch, std::uint32_t thread, bool atomic);

    bool checks_;
    std::vector<std::uint8_t> bytes_;
    std::vector<Byte> touched_;
    std::vector<std::uint32_t> warp_epochs_;
    std::uint32_t epoch_ = 1;
};

}  // namespace axnorm::ptx

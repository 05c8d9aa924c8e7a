#include "shared_memory.h"

#include <algorithm>
#include <cstring>

namespace axnorm::ptx {

SharedMemory::SharedMemory(std::uint32_t size, std::uint32_t threads, bool checks_races)
    : checks_(checks_races), bytes_(size), touched_(checks_races ? size : 0), warp_epochs_((threads + 31) / 32) {}

void SharedMemory::begin_block() {
    std::ranges::fill(bytes_, std::uint8_t{0xff});
    ++epoch_;
}

bool SharedMemory::ordered(const Touch &touch, std::uint32_t thread) const {
    if (touch.epoch != epoch_ || (touch.thread == thread && !touch.many_warps)) {
        return true;
    }
    const std::uint32_t warp = thread / 32;
    return !touch.many_warps && touch.first_thread / 32U == warp && touch.warp_epoch != warp_epochs_[warp];
}

void SharedMemory::record(Touch &touch, std::uint32_t thread, bool atomic) {
    const auto number = static_cast<std::uint16_t>(thread);
    const std::uint32_t warp_epoch = warp_epochs_[thread / 32];
    const bool same_epoch = touch.epoch == epoch_;
    const bool same_warp = touch.first_thread / 32U == thread / 32U;
    if (same_epoch && !same_warp) {
        touch.many_warps = true;
    } else if (same_epoch && touch.many_warps) {
        return;
    } else if (same_epoch && touch.warp_epoch == warp_epoch && touch.thread != number) {
        touch.thread = many;
    } else {
        touch = {epoch_, warp_epoch, number, number, false, atomic};
    }
}

std::optional<std::uint32_t> SharedMemory::read(std::uint32_t thread, std::uint64_t address, std::uint32_t size) {
    for (std::uint64_t k = address; checks_ && k < address + size; ++k) {
        if (!ordered(touched_[k].written, thread)) {
            return touched_[k].written.first_thread;
        }
        record(touched_[k].read, thread, false);
    }
    return std::nullopt;
}

std::optional<std::uint32_t> SharedMemory::write(std::uint32_t thread, std::uint64_t address, std::uint32_t size,
                                                 const void *stored) {
    const auto *const values = static_cast<const std::uint8_t *>(stored);
    for (std::uint32_t k = 0; checks_ && k < size; ++k) {
        Byte &byte = touched_[address + k];
        if (!ordered(byte.read, thread)) {
            return byte.read.first_thread;
        }
        if (!ordered(byte.written, thread) && (byte.written.atomic || values[k] != bytes_[address + k])) {
            return byte.written.first_thread;
        }
        record(byte.written, thread, false);
    }
    return std::nullopt;
}

std::optional<std::uint32_t> SharedMemory::atomic(std::uint32_t thread, std::uint64_t address, std::uint32_t size) {
    for (std::uint64_t k = address; checks_ && k < address + size; ++k) {
        Byte &byte = touched_[k];
        if (!ordered(byte.read, thread)) {
            return byte.read.first_thread;
        }
        if (!byte.written.atomic && !ordered(byte.written, thread)) {
            return byte.written.first_thread;
        }
        record(byte.written, thread, true);
    }
    return std::nullopt;
}

}  // namespace axnorm::ptx

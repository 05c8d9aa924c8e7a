#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "thread.h"

namespace axnorm::ptx {

namespace {
// Host code that follows such a pointer stops at once: x86-64 has no such addresses.
constexpr std::uint64_t first_address = std::uint64_t{0x02} << 56;
constexpr std::uint64_t gap = 1 << 16;
std::uint64_t next_address = first_address;  // under the lock of the driver, as all of Memory
}  // namespace

std::uint64_t Memory::allocate(std::uint64_t size, std::uint64_t alignment, bool writable) {
    alignment = std::max<std::uint64_t>(alignment, 256);
    const std::uint64_t address = (next_address + gap + alignment - 1) / alignment * alignment;
    next_address = address + size;
    Region &region = regions_[address];
    region = {address, size, std::make_unique_for_overwrite<std::uint8_t[]>(size), writable};
    std::fill_n(region.bytes.get(), size, std::uint8_t{0xff});
    return address;
}

bool Memory::release(std::uint64_t address) {
    return regions_.erase(address) == 1;
}

const Region *Memory::find(std::uint64_t address, std::uint64_t size) const {
    auto found = regions_.upper_bound(address);
    if (found == regions_.begin()) {
        return nullptr;
    }
    const Region &region = std::prev(found)->second;
    const std::uint64_t offset = address - region.address;
    return offset <= region.size && size <= region.size - offset ? &region : nullptr;
}

bool Memory::overlaps(std::uint64_t address, std::uint64_t size) const {
    return find(address, 0) != nullptr || find(address + size, 0) != nullptr;
}

namespace {
std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%" PRIx64, value);
    return text;
}

[[noreturn]] void fail_outside(const Thread &thread, const char *where, std::uint64_t address, std::uint32_t size) {
    thread.fail(Fault::Kind::illegal_address,
                std::to_string(size) + " bytes at " + hex(address) + " are outside " + where);
}

std::uint8_t *locate_global(Thread &thread, std::uint64_t address, std::uint32_t size, Access access) {
    Block &block = *thread.block;
    const auto number = static_cast<std::size_t>(&thread.current() - block.launch.kernel.code.data());
    const Region *found = number < block.last_regions.size() ? block.last_regions[number] : nullptr;
    if (found == nullptr || address - found->address >= found->size ||
        size > found->size - (address - found->address)) {
        found = block.launch.memory.find(address, size);
        if (found == nullptr) {
            fail_outside(thread, "every allocation of the context", address, size);
        }
        if (number < block.last_regions.size()) {
            block.last_regions[number] = found;
        }
    }
    if (access != Access::read && !found->writable) {
        thread.fail(Fault::Kind::illegal_address, "constant memory at " + hex(address) + " is written");
    }
    return found->bytes.get() + (address - found->address);
}

std::uint8_t *locate_shared(Thread &thread, std::uint64_t address, std::uint32_t size, Access access,
                            const void *stored) {
    Block &block = *thread.block;
    SharedMemory &shared = block.shared;
    if (address > shared.size() || size > shared.size() - address) {
        const std::string where = "the block's " + std::to_string(shared.size()) + " bytes of shared memory";
        fail_outside(thread, where.c_str(), address, size);
    }
    const auto other = access == Access::read    ? shared.read(thread.index, address, size)
                       : access == Access::write ? shared.write(thread.index, address, size, stored)
                                                 : shared.atomic(thread.index, address, size);
    if (other) {
        thread.fail(Fault::Kind::race, "a race in shared memory at " + hex(address) + " with " +
                                           place_of(block, *other) + ": no barrier lies between");
    }
    return shared.at(address);
}

std::uint8_t *locate_in(Thread &thread, std::vector<std::uint8_t> &bytes, const char *where, std::uint64_t address,
                        std::uint32_t size) {
    if (address > bytes.size() || size > bytes.size() - address) {
        fail_outside(thread, where, address, size);
    }
    return bytes.data() + address;
}
}  // namespace

std::uint8_t *locate(Thread &thread, Space space, std::uint64_t address, std::uint32_t size, Access access,
                     const void *stored) {
    if (address % size != 0) {
        thread.fail(Fault::Kind::misaligned_address,
                    hex(address) + " is no multiple of the " + std::to_string(size) + " bytes of the access");
    }
    if (space == Space::generic && address - shared_window < window_size) {
        return locate_shared(thread, address - shared_window, size, access, stored);
    }
    if (space == Space::generic && address - local_window < window_size) {
        return locate_in(thread, thread.local, "the thread's local memory", address - local_window, size);
    }
    switch (space) {
        case Space::shared: return locate_shared(thread, address, size, access, stored);
        case Space::local: return locate_in(thread, thread.local, "the thread's local memory", address, size);
        case Space::param: return locate_in(thread, thread.frames.back().params, "the parameters", address, size);
        default: return locate_global(thread, address, size, access);
    }
}

}  // namespace axnorm::ptx

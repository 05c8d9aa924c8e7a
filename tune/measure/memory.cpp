#include "memory.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace axnorm::measure {
namespace {

constexpr unsigned char canary = 0xa5;

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes) : bytes_(bytes) {
    const std::size_t all = 2 * guard + (bytes + page - 1) / page * page;
    memory_.reset(static_cast<unsigned char *>(std::aligned_alloc(page, all)));
    if (memory_ == nullptr) {
        throw std::bad_alloc();
    }
    make_guards();
}

void GuardedMemory::make_guards() const {
    std::memset(memory_.get(), canary, guard);
    std::memset(data() + bytes_, canary, guard);
}

bool GuardedMemory::guards_intact() const {
    const auto is_canary = [](unsigned char byte) { return byte == canary; };
    return std::all_of(memory_.get(), memory_.get() + guard, is_canary) &&
           std::all_of(data() + bytes_, data() + bytes_ + guard, is_canary);
}

}  // namespace axnorm::measure

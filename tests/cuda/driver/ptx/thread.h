// The state of a launch while it runs: threads, their block, and how instructions reach registers and memory.
#pragma once

#include <cstring>
#include <type_traits>

#include "floats.h"
#include "launch.h"
#include "shared_memory.h"

namespace axnorm::ptx {

struct Block;

enum class State : std::uint8_t { running, at_warp, at_barrier, exited };

struct Frame {
    const Function *function = nullptr;
    std::vector<std::uint64_t> registers;
    std::vector<std::uint8_t> params;  // those for calls too
    std::uint32_t pc = 0;
    std::uint64_t local_begin = 0;
    const Call *call = nullptr;  // that is under way
};

struct Thread {
    std::uint64_t *r = nullptr;  // of the last frame, as are the next two
    const Instruction *code = nullptr;
    std::uint32_t pc = 0;
    State state = State::running;
    bool carry = false;
    std::uint32_t index = 0, lane = 0, warp = 0;
    std::uint64_t steps = 0;
    std::uint32_t barrier = 0, barrier_threads = 0;
    Block *block = nullptr;
    std::vector<Frame> frames;
    std::vector<std::uint8_t> local;

    // The instruction that a waiting thread waits in.
    const Instruction &current() const { return code[pc - 1]; }
    [[noreturn]] void fail(Fault::Kind kind, const std::string &what) const;
};

struct Block {
    const Launch &launch;
    Counters &counters;
    SharedMemory shared;
    std::vector<Thread> threads;
    Dim3 id;
    std::uint64_t barriers = 0;
    std::vector<const Region *> last_regions;  // by number of the instruction in its function
};

// Values lie in the low bytes of a register.
template <class T>
T get(const Thread &thread, std::uint32_t k) {
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, &thread.r[k], sizeof value);
    return value;
}
template <class T>
void set(Thread &thread, std::uint32_t k, T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    thread.r[k] = bits;
}
inline bool holds(const Thread &thread, std::uint32_t predicate) {
    return (thread.r[predicate] & 1) != 0;
}

// The bytes behind an address in registers; faults where they are not the thread's to read or to write.
enum class Access : std::uint8_t { read, write, atomic };
std::uint8_t *locate(Thread &thread, Space space, std::uint64_t address, std::uint32_t size, Access access,
                     const void *stored = nullptr);

// Begins the last of a thread's frames.
void enter_frame(Thread &thread, const Function &function, std::uint64_t local_begin);

// Waiting threads of a warp whose mask is complete go on. False if there are none.
bool resolve_warp(Block &block, std::uint32_t warp);
// Executes an instruction for lanes that all wait in it. Lanes are by number, null where they take no part.
using Lanes = std::array<Thread *, 32>;
void execute_for_warp(const Instruction &instruction, const Lanes &lanes, std::uint32_t mask);
std::string place_of(const Block &block, std::uint32_t thread);

}  // namespace axnorm::ptx

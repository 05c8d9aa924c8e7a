// A launch of a kernel on the CPU: what it is given, what it counts, and what stops it.
//
//     Counters counters = run({program, *program.entry("kernel"), {2}, {128}, 1024, params, memory});
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "program.h"

namespace axnorm::ptx {

struct Region {
    std::uint64_t address = 0, size = 0;
    std::unique_ptr<std::uint8_t[]> bytes;
    bool writable = true;
};

// Device memory of a context: regions with gaps around them.
class Memory {
  public:
    // New memory is full of 0xff, which are NaN. Addresses are never used twice.
    std::uint64_t allocate(std::uint64_t size, std::uint64_t alignment = 256, bool writable = true);
    bool release(std::uint64_t address);  // false if no region begins there
    const Region *find(std::uint64_t address, std::uint64_t size) const;
    bool overlaps(std::uint64_t address, std::uint64_t size) const;
    void clear() { regions_.clear(); }

  private:
    std::map<std::uint64_t, Region> regions_;
};

struct Dim3 {
    std::uint32_t x = 1, y = 1, z = 1;
    std::uint64_t count() const { return std::uint64_t{x} * y * z; }
    bool operator==(const Dim3 &) const = default;
};

struct Checks {
    bool races = true;           // in shared memory
    bool exited_members = true;  // exited threads in the mask of a warp's instruction are errors
    std::uint64_t steps_per_thread = 2'000'000'000;
};

struct Launch {
    const Program &program;
    const Function &kernel;
    Dim3 grid, block;
    std::uint32_t dynamic_shared = 0;
    std::vector<std::uint8_t> params;
    const Memory &memory;
    Checks checks;
};

// Sums over all threads, unless they say otherwise. Widths are 1, 2, 4, 8 and 16 bytes.
struct Counters {
    std::uint64_t instructions = 0, most_instructions = 0;  // the latter of one thread
    std::uint64_t barriers = 0;                             // of the block that had most
    std::uint64_t shuffles = 0;                             // by threads
    std::uint64_t global_load_bytes = 0, global_store_bytes = 0;
    std::array<std::uint64_t, 5> global_loads{}, global_stores{}, shared_loads{}, shared_stores{};
    std::uint64_t atomics = 0;
};

struct Fault : std::runtime_error {
    enum class Kind : std::uint8_t {
        illegal_address,
        misaligned_address,
        illegal_instruction,
        trap,
        deadlock,
        race,
        endless
    };
    Fault(Kind fault_kind, const std::string &what) : std::runtime_error(what), kind(fault_kind) {}
    Kind kind;
};

// Blocks one after another. Throws Fault, which names kernel, block, thread and line.
Counters run(const Launch &launch);

}  // namespace axnorm::ptx

// Tensors of a call on a GPU: of a driver, or of the stand-in for it (tests/cuda/driver), which runs kernels on the CPU
// and counts what they execute.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <driver_api.h>
#include "memory.h"
#include "runtime/language/operand_table.h"

namespace axnorm::measure {

// A copy of each tensor. Throws Failure where there is no driver.
class OnGpu {
  public:
    explicit OnGpu(const std::array<GuardedMemory, role_count> &tensors);

    void *at(Role role) const { return tensors_[role]->data(); }
    void write(Role role, const GuardedMemory &from);
    void read(Role role, const GuardedMemory &to) const;  // when all launches have ended

  private:
    test::PrimaryContext context_;
    std::array<std::unique_ptr<test::DeviceMemory>, role_count> tensors_;
};

// Until all launches have ended.
void finish_launches();

// Whether the driver is the stand-in: times are those of an interpreter then.
bool is_stand_in();

// What the stand-in counted of the last launch, and how many there were.
struct Counted {
    std::uint64_t launches = 0, instructions = 0, bytes = 0;  // of all threads; of global memory
};
Counted counted();

}  // namespace axnorm::measure

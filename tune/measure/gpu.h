// Tensors of a call on a GPU: of a driver, or of the stand-in for it (tests/cuda/driver), which runs kernels on the CPU
// and counts what they execute.
#pragma once

#include <cstdint>
#include <string>

#include <driver_api.h>
#include "memory.h"

namespace axnorm::measure {

// Copies of memory that have no bytes where that has none. Throw Failure where there is no driver.
class OnGpu {
  public:
    OnGpu(const GuardedMemory &x, const GuardedMemory &y, const GuardedMemory &scale, const GuardedMemory &shift);

    void *x() const { return x_.data(); }
    void *y() const { return y_.data(); }
    void *scale() const { return scale_.data(); }
    void *shift() const { return shift_.data(); }

    void write_y(const GuardedMemory &y);
    void read_y(const GuardedMemory &y) const;  // when all launches have ended

  private:
    test::PrimaryContext context_;
    test::DeviceMemory x_, y_, scale_, shift_;
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

// Copies of scale and shift, where kernels do not read them as they are: of 16 bits, which become float32; and those
// that lie in another order than x (Layout::reordered), with which a kernel would collect each element of each
// statistic group from somewhere else: layer norm NHWC 32x28x28x64 with params stored "c h w" took 800 us so, and takes
// 290.
//
// They are no larger than x, and copied once a call, into memory that the calling thread keeps.
#pragma once

#include <array>
#include <optional>

#include "runtime/language/layout.h"
#include "runtime/system/scratch_memory.h"

namespace axnorm {

class CopiedParams {
  public:
    // Gives the layout the strides of what it converts. Of a call on a device it is nothing.
    CopiedParams(const Operands &of_call, Layout &layout);
    CopiedParams(const CopiedParams &) = delete;
    CopiedParams &operator=(const CopiedParams &) = delete;

    // Whether there is a copy.
    bool any() const { return memory_.has_value(); }

    // Those of the call, with the copies in place of what was copied.
    const Operands &operands() const { return operands_; }

  private:
    Operands operands_;
    std::array<std::optional<ConstTensorView>, 2> copies_;
    std::optional<ScratchMemory> memory_;
};

}  // namespace axnorm

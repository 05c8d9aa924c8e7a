// Scale and shift of 16 bits as float32: kernels read no others.
//
// They are small beside x, and converted once a call, into memory of the calling thread. It is kept for the next call:
// in the long run nothing is allocated.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "axnorm/layout.h"

namespace axnorm {

class WidenedParams {
  public:
    // Gives the layout the strides of what it converts.
    WidenedParams(const Operands &of_call, Layout &layout);
    ~WidenedParams();
    WidenedParams(const WidenedParams &) = delete;
    WidenedParams &operator=(const WidenedParams &) = delete;

    // Whether there was one to convert.
    bool any() const { return memory_ != nullptr; }

    // Those of the call, with the copies in place of what was converted.
    const Operands &operands() const { return operands_; }

  private:
    struct Memory {
        std::vector<float> values;
        std::unique_ptr<Memory> next;
    };
    // More than one where a pool of the caller lets the thread make another call before the first one ends.
    static thread_local std::unique_ptr<Memory> spare;

    Operands operands_;
    std::array<std::optional<ConstTensorView>, 2> copies_;
    std::unique_ptr<Memory> memory_;
};

}  // namespace axnorm

// Statistic groups that threads share: few of them, or large ones, as in batch norm of a few channels.
//
// Groups are cut into parts, which are a level of the summation tree (summation_tree.h). Kernels sum up the parts, each
// of all groups; the moments are merged here as kernels merge them; then kernels normalize the parts with the
// statistics that come of it. So the bits are those of a single call of the kernel.
#pragma once

#include <array>
#include <cstdint>

#include "axnorm/options.h"
#include "runtime/planning/slice.h"

namespace axnorm {

class Parts {
  public:
    explicit Parts(const Slice &whole);

    // 1 where the kernel cannot be run on parts.
    std::int64_t count() const { return count_; }

    // Narrows the slice to part `index`.
    void narrow(Slice &slice, std::int64_t index) const;

    // Elements of a group in part `index`.
    std::int64_t elements(std::int64_t index) const;

  private:
    std::array<std::int64_t, Letters::max_groups> extent_{}, length_{}, counts_{};  // by letter; length: of a part
    std::int64_t count_ = 1;
};

// Runs a call whose groups `threads` threads share. Returns 0, or a Halide error code.
int run_in_parts(const Slice &whole, const Parts &parts, const Operands &operands, const Options &options, int threads);

}  // namespace axnorm

// The bytes of a tensor, as loops around an element: whether two share one.
//
//     ByteSet rows(y, 4);          // elements of 4 bytes
//     rows.add({4, 32});           // 4 rows, 32 bytes from one to the next
//     rows.add({5, 4});            // of 5 elements
//     rows.meets(column);          // false where the column lies between the rows
#pragma once

#include <array>
#include <cstdint>

#include "tensor_loops.h"

namespace axnorm {

struct ByteRange {
    std::uint64_t first = 0, last = 0;  // last: counted from the first

    ByteRange() = default;
    // Of an element at this address and those up to `reach` bytes behind it.
    ByteRange(const void *address, std::int64_t size, std::int64_t reach)
        : first(reinterpret_cast<std::uintptr_t>(address)), last(static_cast<std::uint64_t>(reach + size - 1)) {}

    bool meets(const ByteRange &other) const {
        return first <= other.first ? other.first - first <= last : first - other.first <= other.last;
    }
};

class ByteSet {
  public:
    // An element, at this address.
    ByteSet(const void *first, std::int64_t size);

    // A loop around it, of a stride in bytes, which is not negative. The whole fits 63 bits.
    void add(const TensorLoop &loop);

    // Whether there is a byte of both. Ranges apart or without gaps are told apart at once, and where strides are
    // nested, as those of slices and padded tensors, it takes a few steps; the answer is exact. Where it would take too
    // many (Limits::overlap_steps) it is true.
    bool meets(const ByteSet &other) const;

    // Whether two indices of the loops share a byte; likewise.
    bool repeats() const;

  private:
    ByteRange range_;
    std::uint64_t size_;
    std::array<TensorLoop, max_axes> loops_;
    int count_ = 0;
};

}  // namespace axnorm

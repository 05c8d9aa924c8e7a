// A statistic group of a slice in a wide type W, double or long double: it is right, not fast.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "runtime/planning/slice.h"

namespace axnorm {

// Indices by kept letter; the last one is that of the group which the kernel has no letter for.
using KeptIndices = std::array<std::int64_t, Letters::max_groups + 1>;

// Of a group, exact but for a few last places of the wide type; the mean is 0 for rms, and `rest` is what rounding it
// has lost.
struct WideStatistics {
    long double mean = 0, rest = 0, rstd = 0;
};

using ReducedIndices = std::array<std::int64_t, Letters::max_groups>;

// Elements of a tensor by reduced letter: where they are, or a dense copy.
struct GroupElements {
    const char *first;
    ReducedIndices strides;  // in elements; 0 where they are not indexed

    const char *at(const ReducedIndices &i, std::int64_t size) const {
        return first + (i[0] * strides[0] + i[1] * strides[1] + i[2] * strides[2] + i[3] * strides[3]) * size;
    }
};

// The type in which nothing overflows that kernels compute with x of this dtype.
constexpr bool needs_long_double(DType x) {
    return x == DType::float64;
}

// Of a tensor that is present.
GroupElements elements_of(const Slice &slice, const Operands &operands, const KeptIndices &kept, Role role = role_x);
std::int64_t count_elements(const Slice &slice);
// To `to`, which has room for all elements of the group.
GroupElements copy_elements(const Slice &slice, const Operands &operands, const KeptIndices &kept, char *to);

// Calls f(slice, x) for pieces of a group, in their order.
using EachPiece = std::function<void(const std::function<void(const Slice &slice, const GroupElements &x)> &f)>;

// False where x has no elements, or a NaN or Inf.
bool find_statistics(const EachPiece &each, const Operands &operands, double eps, WideStatistics &statistics);

// y = (x - mean - rest) * rstd * scale + shift, rounded once.
void write_y(const Slice &slice, const Operands &operands, const GroupElements &x, const KeptIndices &kept,
             const WideStatistics &statistics);

// Of mean and rstd those that are asked for.
void write_statistics(const Slice &slice, const Operands &operands, const KeptIndices &kept,
                      const WideStatistics &statistics);

// Those that are given by the caller.
WideStatistics given_statistics(const Slice &slice, const Operands &operands, const KeptIndices &kept);

}  // namespace axnorm

// Statistic groups that threads share: few of them, or large ones, as in batch norm of a few channels.
//
// Groups are cut into parts, which are a level of the summation tree (summation_tree.h). Kernels sum up the parts, each
// of all groups; the moments are merged here as kernels merge them; then kernels normalize the parts with the
// statistics that come of it. So the bits are those of a single call of the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "axnorm/options.h"
#include "runtime/planning/part_lengths.h"
#include "runtime/planning/slice.h"

namespace axnorm {

// Some neighbouring indices.
struct Range {
    std::int64_t begin = 0, end = 0;

    std::int64_t count() const { return end - begin; }
    bool operator==(const Range &) const = default;
};

class Parts {
  public:
    explicit Parts(const Slice &whole);
    // Of a group of any extents, to be copied part by part (gathered.h).
    explicit Parts(const ReducedExtents &extents);

    // 1 where the kernel cannot be run on parts.
    std::int64_t count() const { return count_; }

    // What part `index` has of reduced group `i`, and whether each part has all of it.
    Range range(std::int64_t index, int i) const;
    bool has_all_of(int i) const { return detail::at(counts_, i) == 1; }

    // Narrows the slice to part `index`.
    void narrow(Slice &slice, std::int64_t index) const;

    // Elements of a group in part `index`.
    std::int64_t elements(std::int64_t index) const;

  private:
    ReducedExtents extent_, length_, counts_{};  // by letter; length: of a part
    std::int64_t count_ = 1;
};

// Runs a call whose groups `threads` threads share. Returns 0, or a Halide error code.
int run_in_parts(const Slice &whole, const Parts &parts, const Operands &operands, const Options &options, int threads);

// The same merging for who runs a kernel on parts himself (gathered.cpp), of `groups` groups. `moments`, zeros at
// first, and the sums of a part are by number and group: numbers_summed(). Parts come in their order.
void merge_part(Statistic statistic, std::int64_t groups, const double *sums, double elements, bool is_first,
                double *moments);
// The statistics that kernels take, mean, rest and rstd, by group: floats or doubles, as the dtype says. Returns which
// groups are extreme (extreme_groups.h).
std::vector<std::int64_t> finish_merging(Statistic statistic, std::int64_t groups, const double *moments,
                                         double elements, double eps, DType dtype, void *statistics);

}  // namespace axnorm

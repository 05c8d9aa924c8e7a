// Extreme groups (runtime/planning/safe_range.h): y, mean and rstd of them, in a type in which nothing overflows and no
// square is subnormal: double where kernels compute in float, else long double. Group by group, element by element: it
// is right, not fast.
//
// A kernel says which groups are extreme before it writes anything of them, and when it has written them has them done
// again. In place, x is copied between the two.
#pragma once

#include <cstdint>

#include "wide_group.h"

namespace axnorm {

// Statistics of groups that were found extreme when their parts were merged (parts.h).
struct ExtremeGroup {
    std::int64_t group;  // counted over the slice's kept extents, innermost first
    WideStatistics statistics;
};

// What a kernel that runs on a slice of a call finds, by its user_context (runtime/planning/kernel_context.h).
class ExtremeGroups {
  public:
    ExtremeGroups(const Slice &slice, const Operands &operands, double eps)
        : slice_(slice), operands_(operands), eps_(eps) {}
    ~ExtremeGroups() { clear(); }
    ExtremeGroups(const ExtremeGroups &) = delete;
    ExtremeGroups &operator=(const ExtremeGroups &) = delete;

    // The group that the kernel has no letter for is at index `index` from now on.
    void set_looped(std::int64_t index) { looped_ = index; }

    // Whether there was memory for all that was found.
    bool is_complete() const { return is_complete_; }

    // Of the kernel's letters.
    void add(KeptIndices kept) noexcept;
    bool has_any() const { return pending_ != nullptr; }
    void redo() noexcept;

  private:
    struct Pending;
    void clear();
    void redo(const Pending &group) const;
    bool has_found(const Pending &group, WideStatistics &statistics) const;

    const Slice &slice_;
    const Operands &operands_;
    double eps_;
    std::int64_t looped_ = 0;
    bool is_complete_ = true;
    Pending *pending_ = nullptr;  // the last one found
};

}  // namespace axnorm

// Kernels call it with statistic groups, those of `lanes` indices `innermost` and of `second` to `fourth`, some of
// which `are_extreme`; 1 if there is now one to be done again.
extern "C" int axnorm_extreme(void *context, const std::uint8_t *are_extreme, const std::int32_t *innermost,
                              std::int32_t lanes, std::int32_t second, std::int32_t third, std::int32_t fourth);

// Kernels call it when those that they have found are written.
extern "C" int axnorm_redo(void *context);

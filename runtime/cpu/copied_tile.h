// A tile that parts of statistic groups are copied into, and the kernel's calls with it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "extreme_groups.h"
#include "parts.h"
#include "runtime/planning/slice.h"
#include "runtime/system/scratch_memory.h"
#include "tile_copy.h"

namespace axnorm {

// A call, and the layout of its copies (runtime/planning/gathered.h).
struct GatheredCall {
    const Layout copies;
    const Slice whole;  // of the copies
    const Parts parts;
    const Operands &operands;
    const double eps;
    std::array<TensorLoops, role_count> kept;  // loops of the tensors
    std::array<std::array<TensorLoops, Letters::max_groups>, role_count> reduced;
    std::int64_t groups, groups_at_once, parts_at_once;  // of a tile

    GatheredCall(const Layout &layout, const Plan &plan, const Operands &operands, double eps);
    GatheredCall(const GatheredCall &) = delete;
    GatheredCall &operator=(const GatheredCall &) = delete;

    // Elements of a row of the tensor's copy; 0 where it is not copied.
    std::int64_t row_of(Role role) const { return copies.groups[0].strides[role]; }
    DType computed() const { return statistics_dtype(operands[role_x].dtype()); }
    double elements() const;  // of a statistic group
};

// Rows are parts of statistic groups, all groups of a part side by side.
class CopiedTile {
  public:
    explicit CopiedTile(const GatheredCall &call);

    // Sums up parts of groups: by part, number (numbers_summed()) and group. Returns 0, or a Halide error code.
    int sum_up(Range groups, Range parts, double *sums);

    // Normalizes them. `statistics` are mean, rest and rstd, by group, or nullptr where the caller gives them;
    // `extreme` are those of the groups that are.
    int normalize(Range groups, Range parts, const void *statistics, std::span<const ExtremeGroup> extreme);

    // Calls f(slice, x) for the parts of a group.
    void each_part(std::int64_t group, const std::function<void(const Slice &slice, const GroupElements &x)> &f);

  private:
    void place(Range groups, Range parts);
    void place_columns(Role role, Range inner, Range outer);
    void copy(Role role);
    Slice slice() const;
    int run_copies(const Slice &slice);
    struct Copies {
        Operands operands;
        std::array<ConstTensorView, role_count> views;
    };
    void set_copies(Copies &copies) const;

    struct Piece {
        std::optional<ScratchMemory> data, rows, columns;
        std::size_t runs = 0;  // of columns
        Range inner, outer;    // of the parts that the columns are of
    };
    Places places(Role role) const;

    const GatheredCall &call_;
    std::array<Piece, role_count> pieces_;
    std::optional<ScratchMemory> sums_, statistics_;
    std::vector<ExtremeGroup> extreme_;  // by row
    std::int64_t rows_ = 0, part_ = 0;   // rows in use, and the first part of them
};

}  // namespace axnorm

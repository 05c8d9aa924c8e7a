// The algorithm of every axnorm kernel, written once for any signature: for "kKRr" it reads x[k1,k0,r1,r0], takes mean
// and rstd over r1 and r0 of each (k1,k0), and reads scale and shift at [k0,r1].
//
// There is no schedule call in it. Every sum has one tree, a function of the reduced extents alone, so that all
// schedules, instruction sets and signatures give the same bits for the same statistic group.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "Halide.h"
#include "axnorm/signature.h"
#include "generators/shared/conversion.h"
#include "generators/shared/expressions.h"
#include "generators/shared/operands.h"
#include "runtime/planning/safe_range.h"
#include "runtime/planning/summation_tree.h"

namespace axnorm::codegen {

// The summation tree (runtime/planning/summation_tree.h). Elements are summed in lanes; a block takes up to `steps`
// elements per lane, from several rows of the group outside where one row has fewer; the lanes of a block are combined
// in halves; blocks are accumulated in double, part by part, and so are the parts.
inline constexpr int lanes = tree.lanes;
inline constexpr int steps = tree.steps;
inline constexpr int part_blocks = tree.part_blocks;
inline constexpr int joint_steps = tree.joint_steps;
static_assert(Letters::max_most == joint_steps * lanes && Letters::max_most_of_channels == lanes);

// What a kernel is given. x is as it is stored, all others are of Conversion::computed(). Buffers are indexed by
// reduced groups, then kept groups, innermost first; scale and shift by those that the signature marks as params, mean
// and rstd by the kept ones. Where the innermost groups are one (Letters::has_channels()), x, y, scale and shift are
// indexed by channels in place of the innermost reduced group, and by no innermost kept one.
struct Operands : GivenOperands {
    Exprs extent;              // of the reduced groups
    Halide::Expr length;       // the innermost of them, whole: x may be a part of what is summed
    Halide::Expr kept_extent;  // of the innermost kept group, where stages before y go on beyond it
    Halide::Expr channels;     // Letters::has_channels(): the extent of the groups that are one
    Halide::Expr stream;       // bool: y goes past the caches
    bool fma = false;          // the target has fused multiply-adds
    Conversion conversion;
};

// Sums over one block: `lane` per lane, with an update for each of `reductions`; `tree` the stages that combine the
// lanes, from 16 lanes down to 1.
struct LaneSum {
    Halide::Func lane;
    std::vector<Halide::Func> tree;  // the last one has one lane
    std::vector<Halide::RDom> reductions;

    // Lanes of a stage of the tree.
    int width(size_t stage) const { return 1 << (tree.size() - 1 - stage); }
};

struct Algorithm {
    Algorithm(const Letters &letters, Statistic statistic, const Operands &operands);

    Halide::Expr stream;    // of the operands
    Halide::Type computed;  // float, or double where x is
    bool has_mean;          // mean_var

    // Lanes that elements fall into: fewer than all where the innermost reduced group is known to be shorter.
    int used_lanes = lanes;
    int short_steps = 0;      // of a row, at most, where rows are known to be short (Letters::most)
    Halide::Expr row_length;  // the innermost reduced extent

    // Letters::has_channels(): `lane` is a channel, in all stages that have one, and r[0] too. Of each channel the
    // group and the lane of the summation tree.
    Halide::Func group_of{"group_of"}, lane_of{"lane_of"};
    Halide::Expr channels;

    std::vector<Halide::Var> r, k;  // reduced and kept coordinates, innermost first
    std::vector<Halide::Var> b;     // a block of the group, by reduced group
    Halide::Var lane{"lane"};

    Halide::Func y{"y"}, mean{"mean"}, rstd{"rstd"};  // rms has no mean
    // `moments` by number, in double: for who merges the parts of a group.
    Halide::Func summed{"summed"};
    Halide::Var number{"number"};
    std::vector<Halide::Func *> statistic_outputs();  // mean, rstd and summed, where they are outputs

    // The stages before y, from last to first.
    Halide::Func param_scale{"param_scale"}, param_shift{"param_shift"};  // 1 and -0 where they are absent
    Halide::Func group_scale{"group_scale"}, group_shift{"group_shift"};  // by kept groups and reduced params
    Halide::Func statistics{"statistics"};  // mean_var: mean, rest (Algorithm::output_of()) and rstd; rms: rstd
    Halide::Func taken{"taken"};            // those that are given, or undefined
    Halide::Func moments{"moments"};        // accumulated over `parts`, or over `blocks` where there is no `part`
    Halide::RDom parts;
    Halide::Func part{"part"};    // moments of a part, accumulated over `blocks`; undefined where rows are short
    Halide::RDom blocks;          // of a part
    std::vector<LaneSum> sums;    // in the order they are computed in
    Halide::Func pivot{"pivot"};  // what squares in a block are taken about; mean_var only

    // The same values for each lane, for schedules whose vectors span lanes and groups: elsewhere they are inlined.
    Halide::Func lane_pivot{"lane_pivot"}, lane_center{"lane_center"}, lane_scale{"lane_scale"},
        lane_shift{"lane_shift"};

  private:
    void define_mean_var(const Operands &op);
    void define_rms(const Operands &op);
    void set_statistics(const Operands &op, Exprs values, const Exprs &from_caller);
    void define_output(const Letters &letters, const Operands &op);
    void define_output_of_channels(const Operands &op);
    const SafeRange &range() const;
    Halide::Expr output_of(const Halide::Expr &x, const Exprs &at, const Halide::Expr &scale, const Halide::Expr &shift,
                           const Operands &op) const;
    void define_center(const std::vector<Halide::Var> &args, const Exprs &group);
    void define_pivot(const Operands &op);
    using Add = std::function<Exprs(const Exprs &sums, const Exprs &elements)>;
    using Accumulate = std::function<void(const Halide::RDom &dom, const Exprs &elements, bool together)>;
    LaneSum block_sum(const std::string &name, const Operands &op, int count, const Add &add) const;
    Exprs short_sum(const Operands &op, int count, const Add &add) const;
    void add_steps(const std::string &name, const Operands &op, const Accumulate &accumulate) const;
    void add_rows(const std::string &name, const Operands &op, const Accumulate &accumulate) const;
    void combine_lanes(LaneSum &sum) const;
    void combine_channels(LaneSum &sum) const;
    void define_channels(const Operands &op);
    std::vector<Halide::Var> lane_args() const;                  // of stages before the statistics
    std::vector<Halide::Var> output_kept() const;                // what y is indexed by beside reduced groups
    Exprs group_at(const std::vector<Halide::Var> &more) const;  // of a lane: the kept groups, and more
    Halide::RDom steps_and_rows(const std::string &name, const Halide::Expr &step_count,
                                const Halide::Expr &row_count) const;
    Halide::Expr element(const Operands &op, const Halide::Expr &step, const Halide::Expr &row) const;
    Halide::Expr short_element(const Operands &op, int step) const;
    Halide::Expr exists(int step) const;
    Halide::Expr row_of(const Halide::RDom &dom) const;
    Halide::Expr row_exists(const Halide::Expr &row) const;
    Halide::Expr group_exists() const;
    Exprs existing_group() const;  // the kept coordinates, of those that are not there the last one's
    void set_tree(const Operands &op);
    void set_loops();
    Exprs current_block() const;                         // the one that `blocks` is at
    Halide::Expr block_count(const Exprs &block) const;  // elements in a block, int32
    Halide::Expr part_count() const;                     // elements in the part that `parts` is at, int32
    Halide::Expr group_count() const;                    // elements in a statistic group, double

    Exprs n;                                 // extents of the reduced groups
    std::vector<Halide::Var> p;              // a part, by reduced group
    Halide::Expr inner_steps;                // steps of a block along the innermost reduced group
    Halide::Expr rows;                       // rows of a block: along the next reduced group
    Halide::Expr part_rows;                  // blocks of a part along it
    Halide::Expr row_blocks, column_blocks;  // blocks of a row, and along the next group
    Halide::Expr given;                      // bool, or undefined
    Halide::Expr groups;                     // of channels
    Halide::Expr kept_extent;                // of the operands
};

}  // namespace axnorm::codegen

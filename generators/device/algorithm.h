// The algorithm of kernels for a GPU, for any signature: "kKRr" reads x[k1,k0,r1,r0]. The reduced groups are one
// sequence of vectors of some elements of the innermost one each, which the lanes of warps take in turn. Mean and
// variance are taken in two passes over what the chip holds: the whole statistic group, or parts of it, whose moments
// are merged in double.
//
// As on the CPU (algorithm.h) there is no schedule call in it, and the summation tree is a function of the reduced
// extents alone. It is another tree than the CPU's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "Halide.h"
#include "axnorm/signature.h"
#include "generators/shared/conversion.h"
#include "generators/shared/expressions.h"
#include "generators/shared/operands.h"
#include "runtime/planning/summation_tree.h"

namespace axnorm::codegen {

inline constexpr int warp = device_tree.warp;

// How the threads of a block share statistic groups, and how they access memory. All but `teams`, `aligned`
// and `split` is of the summation tree.
struct DeviceShape {
    int vector;    // elements that a lane takes at once
    int lanes;     // of a warp, that share a statistic group; fewer than 32 where a warp has several; a power of 2
    int warps;     // of a statistic group; a power of 2
    int teams;     // of a block: as many warps as a group has; 1 where these are several
    int steps;     // vectors that a lane takes of a group, at most, or of a part of it
    bool held;     // a group is on the chip whole, and x is read once
    bool aligned;  // rows are whole vectors, which lie at multiples of their size: in x, y, scale and shift
    bool split;    // blocks have a part of a group each, and it is not held

    int groups_of_warp() const { return warp / lanes; }
    int part() const { return steps * warps * lanes; }  // vectors
};

// A tensor as a kernel reads or writes it. Where it is packed, two elements of 16 bits are a 32-bit word to Halide:
// it makes accesses of 128 bits of four of them, but not of eight elements.
struct DeviceTensor {
    DType dtype;
    bool packed = false;

    Halide::Type stored() const;
    int per_word() const { return packed ? 2 : 1; }
};

// As Operands (algorithm.h); packed tensors are indexed by words.
struct DeviceOperands : GivenOperands {
    DeviceTensor x_tensor, y_tensor, params_tensor;
    Exprs reduced, kept;    // extents, in elements
    bool has_fma, has_f16;  // the target has fused multiply-adds, and 16-bit floats
};

// A sum over lanes: what each one has, and how that is combined.
struct DeviceSum {
    Halide::Func lane;
    Halide::RDom steps;
    std::vector<Halide::Func> in_warp;  // each the one before plus what it is half of the lanes away, a quarter, ... 1
    Halide::Func of_warp;               // the last of them, for other warps; undefined where there are none
    std::vector<Halide::Func> across;   // the same of warps

    const Halide::Func &total() const { return across.empty() ? in_warp.back() : across.back(); }
};

struct DeviceAlgorithm {
    DeviceAlgorithm(const Letters &letters, Statistic statistic, const DeviceShape &shape,
                    const DeviceOperands &operands);

    DeviceShape shape;
    Halide::Type computed;
    std::vector<Halide::Var> r,
        k;  // reduced and kept coordinates of y, innermost first; of stages, k[0] is that of warps
    Halide::Var lane{"lane"}, warp_of{"warp_of"}, step{"step"}, word{"word"}, part{"part"};

    Halide::Func y{"y"};
    // Behind two dimensions of extent 1, so that one lane of one warp computes them.
    Halide::Func mean{"mean"}, rstd{"rstd"};
    std::vector<Halide::Func *> statistic_outputs();  // those that there are

    // The stages before y, from last to first.
    // By lane, where all of a statistic group has the same of them; elsewhere undefined.
    Halide::Func group_scale{"group_scale"}, group_shift{"group_shift"};
    Halide::Func taken{"taken"};  // the statistics as y takes them, by lane: where groups are split, from the summary
    Halide::Func summary{"summary"};      // of statistics, as mean and rstd are; undefined where groups are not split
    Halide::Func published{"published"};  // the statistics as they are exchanged between lanes, by lane
    // (mean, rest, rstd), rms: rstd; by lane, though all lanes have the same. Of `rest` operand_table.h says what it
    // is.
    Halide::Func statistics{"statistics"};
    // Of groups in parts, undefined where they are held: what sums of all of them come to; the moments that lanes have
    // of every 32nd part; and, where groups are split, of each part, behind two dimensions of extent 1.
    DeviceSum merging;
    Halide::Func moments{"moments"}, part_moments{"part_moments"};
    Halide::RDom parts;
    Halide::Expr part_total;
    std::vector<DeviceSum> sums;  // in the order they are computed in
    Halide::Func pivot{"pivot"};  // mean_var: the mean of the part, by lane
    // Words of x, as they are read and where they stay; undefined where statistics are given.
    Halide::Func loaded{"loaded"}, held{"held"};
    Halide::Expr steps_held;  // of a lane

  private:
    using Kept = std::function<Exprs(const Exprs &)>;  // 0 in place of what lies beyond the end of a row
    using Add = std::function<Exprs(const Exprs &sums, const Exprs &elements, const Kept &kept)>;
    void define_held(const DeviceOperands &op);
    void define_mean_var(const DeviceOperands &op);
    void define_mean_var_of_held(const DeviceSum &deviation, const DeviceOperands &op);
    void define_rms(const DeviceOperands &op);
    void define_given(const DeviceOperands &op);
    void define_moments();
    void define_statistics_of_parts(const DeviceOperands &op);
    void define_published();
    void define_taken();
    void define_output(const Letters &letters, const DeviceOperands &op);
    DeviceSum sum(const std::string &name, int count, const DeviceOperands &op, const Add &add) const;
    std::vector<Halide::Func> combined(Halide::Func of, int width) const;
    void combine_warps(DeviceSum &sum, const Exprs &more) const;

    // What stages of a part of a statistic group are indexed by, and of a lane's share of it.
    std::vector<Halide::Var> part_args() const, lane_args() const;
    Exprs kept_at() const;
    // Where stages have a value of a group: what is computed of `at`, the group's kept coordinates, by its lane
    // `of_group`.
    Exprs place_of(Exprs at, const Halide::Expr &of_group) const;
    Halide::Expr lane_of_group() const;
    Halide::Expr vector_index(const Halide::Expr &at) const;
    Exprs row_of(const Halide::Expr &vector) const;  // its reduced coordinates, the innermost one in vectors
    Halide::Expr exists(const Halide::Expr &vector, const Halide::Expr &i) const;
    Exprs elements(const Halide::Expr &at, const DeviceOperands &op) const;
    Halide::Expr x_of_output(const DeviceOperands &op, const Halide::Expr &i, const Halide::Expr &vector) const;
    void define_group_params(const Letters &letters, const DeviceOperands &op);
    Halide::Expr normalized(const Letters &letters, const DeviceOperands &op, const Halide::Expr &i) const;
    Halide::Expr rstd_of(const Exprs &group) const;
    Exprs params_at(const Letters &letters, const Halide::Expr &i, const Exprs &kept) const;
    Halide::Expr elements_before(const Halide::Expr &vector) const;
    Halide::Expr part_count(const Halide::Expr &of) const;  // elements, int32
    Halide::Expr group_count() const;                       // elements, double
    Halide::Expr total_of_part(const DeviceSum &sum, int i, const Halide::Expr &of) const;
    Exprs values_of_part(const Halide::Expr &of) const;

    Exprs n, m;                            // extents, reduced and kept
    Halide::Expr vectors_of_row, vectors;  // of a row and of a statistic group
};

}  // namespace axnorm::codegen

// Stores that go past the caches, which Halide has none of: a tile of y is computed into a buffer on the stack, and
// axnorm_stream() copies it to memory from there.
//
//     return Streaming{tiles, min(tile, extent - tiles * tile)};   // what a schedule says
//
// It is as fast as non-temporal stores in the kernel itself (two hand-written AVX-512 loops, not in the tree: layer
// norm of 2048x16384 0.80 and 0.79 of the copy, of 32768x1024 0.87 and 0.86), and takes any alignment and any dtype.
// Kernels have both kinds of stores, and an argument `stream` that chooses.
#pragma once

#include <string>
#include <vector>

#include "Halide.h"

namespace axnorm::codegen {

// A loop of y, each turn of which writes neighbours in memory, and writes the first of them first. While a tile is
// copied, memory is not read: x is fetched meanwhile, of the next statistic groups where these are small, else of the
// next tile.
struct Streaming {
    Halide::Var loop;
    Halide::Expr count;  // elements that a turn writes; by Vars of the loops around
    int most;            // and how many at most
    // Where it is false, they are no neighbours.
    Halide::Expr contiguous = Halide::Internal::const_true();
    Halide::Var groups;           // the loop over statistic groups
    Halide::Expr group_elements;  // of x, in a turn of it
    int fetched_group = 0;        // how many of those are fetched as a group, at most
    // Both kinds of stores are those of one loop, which half of y's code is saved by. Where tiles are short, what is
    // kept for the copy shows: batch norm NCHW 4x64x28x28 took 45 us with a loop for each kind, and 49 so.
    bool one_loop = false;
    std::vector<Halide::Var> backward = {};  // loops of y that begin at their last turn
};

// The extent and the stride of a dimension of the output `y`, in elements.
Halide::Expr output_extent(const Halide::Func &y, int dimension);
Halide::Expr output_stride(const Halide::Func &y, int dimension);

// A lowering pass for the pipeline that computes `y` of `x`. The kernel has to have an argument `stream`, of type bool.
class StreamStores : public Halide::Internal::IRMutator {
  public:
    StreamStores(const Halide::Func &y, const std::string &x, Halide::Type x_type, const Streaming &streaming);

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
    Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
    Halide::Internal::Stmt either(const Halide::Internal::For *loop, const Halide::Expr &stream);
    Halide::Internal::Stmt streamed(const Halide::Internal::For *loop, const Halide::Expr &is_streamed);
    Halide::Expr in_loops(const Halide::Expr &value) const;
    bool is_backward(const std::string &loop) const;
    Halide::Expr in_next_turn(Halide::Expr index, const Halide::Var &loop) const;

    // A loop around; or a name with a value.
    struct Scope {
        std::string name;
        Halide::Expr value;  // undefined for a loop
    };

    std::string y, x;
    Halide::Type y_type, x_type;
    Streaming streaming;
    std::vector<Scope> scopes;  // from outside
};

}  // namespace axnorm::codegen

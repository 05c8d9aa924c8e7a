// Stores that go past the caches, which Halide has none of: a tile of y is computed into a buffer on the stack, and
// axnorm_stream() copies it to memory from there.
//
//     return Streaming{"tiles", min(tile, extent - Var("tiles") * tile)};   // what a schedule says
//
// It is as fast as non-temporal stores in the kernel itself (two hand-written AVX-512 loops, layer norm of 2048x16384:
// 0.80 and 0.83 of the copy; of 32768x1024: 0.87 and 0.86), and takes any alignment and any dtype. Kernels have both
// kinds of stores, and an argument `stream` that chooses.
#pragma once

#include <string>
#include <vector>

#include "Halide.h"

namespace axnorm::codegen {

// Elements of a tile at most, 16 KB of float32: with the x that it comes from it stays in the first-level cache.
// Layer norm of 2048x16384 was at 0.79 of the copy with tiles of 1024, 0.83 of 4096, 0.76 of 16384.
constexpr int stream_tile = 4096;

// A loop of y, each turn of which writes neighbours in memory, and writes the first of them first.
struct Streaming {
    std::string loop;    // the name of its Var
    Halide::Expr count;  // elements a turn writes, at most stream_tile; by Vars of enclosing loops
    Halide::Expr contiguous = Halide::Internal::const_true();  // where it is false, they are no neighbours

    bool defined() const { return count.defined(); }
};

// The extent and the stride of a dimension of the output `y`, in elements.
Halide::Expr output_extent(const Halide::Func &y, int dimension);
Halide::Expr output_stride(const Halide::Func &y, int dimension);

// A lowering pass for the pipeline that writes `y`. The kernel has to have an argument `stream`, of type bool.
class StreamStores : public Halide::Internal::IRMutator {
  public:
    StreamStores(const Halide::Func &y, const Streaming &streaming);

  private:
    using Halide::Internal::IRMutator::visit;
    Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
    Halide::Internal::Stmt streamed(const Halide::Internal::For *loop);

    std::string y;
    Halide::Type dtype;
    Streaming streaming;
    std::vector<std::string> loops;  // around, from outside
};

}  // namespace axnorm::codegen

#include "whole_loads.h"

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

// Two vectors of the largest kind: of more, x86 takes no elements in one instruction.
constexpr int most_elements = 32;

}  // namespace

// Halide knows where a load lies in a block of `modulus` elements: all of the block is loaded. Of the caller's memory
// nothing more is read than was.
Expr WholeLoads::visit(const Shuffle *shuffle) {
    const Load *load = shuffle->vectors.size() == 1 ? shuffle->vectors[0].as<Load>() : nullptr;
    if (load == nullptr || load->param.defined() || !is_const_one(load->predicate)) {
        return IRMutator::visit(shuffle);
    }
    const Ramp *ramp = load->index.as<Ramp>();
    if (ramp == nullptr || !is_const_one(ramp->stride) || load->alignment.modulus > most_elements) {
        return IRMutator::visit(shuffle);
    }
    const int block = static_cast<int>(load->alignment.modulus), before = static_cast<int>(load->alignment.remainder);
    if (before + load->type.lanes() > block) {
        return IRMutator::visit(shuffle);
    }
    std::vector<int> indices = shuffle->indices;
    for (int &index : indices) {
        index += before;
    }
    const Expr index = Ramp::make(simplify(ramp->base - before), ramp->stride, block);
    return Shuffle::make({Load::make(load->type.with_lanes(block), load->name, index, load->image, load->param,
                                     const_true(block), ModulusRemainder(block, 0))},
                         indices);
}

}  // namespace axnorm::codegen

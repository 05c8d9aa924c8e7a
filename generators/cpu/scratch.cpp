#include "scratch.h"

#include <algorithm>

#include "runtime/planning/kernel_context.h"
#include "runtime_call.h"

namespace axnorm::codegen {

using namespace Halide;
using namespace Halide::Internal;

namespace {

constexpr int alignment = 64;              // of vectors
constexpr int most_on_stack = 1024;        // bytes, of a kernel
constexpr int halides_limit = 16 * 1024;   // what is larger Halide takes from the heap
constexpr int least_in_block = alignment;  // smaller ones become registers

// Bytes with room for a vector that is read across the end; 0 where they are not known.
int known_bytes(const Allocate &allocate) {
    const std::int64_t elements = allocate.constant_allocation_size();
    if (elements == 0) {
        return 0;
    }
    const std::int64_t bytes = (elements + allocate.padding) * allocate.type.bytes();
    return static_cast<int>((bytes + alignment - 1) / alignment * alignment);
}

bool is_on_stack(const Allocate &allocate) {
    const int bytes = known_bytes(allocate);
    return allocate.memory_type == MemoryType::Register || allocate.memory_type == MemoryType::Stack ||
           (bytes != 0 && bytes <= halides_limit);
}

// Of what is on the stack: all sizes that are alive together at most, where those of at least `least` bytes are not.
class StackUse : public IRVisitor {
  public:
    StackUse(const Stmt &stmt, int least) : least_(least) { stmt.accept(this); }

    int most = 0;
    int largest = 0;

  private:
    using IRVisitor::visit;

    void visit(const Allocate *allocate) override {
        const int bytes = is_on_stack(*allocate) ? known_bytes(*allocate) : 0, counted = bytes < least_ ? bytes : 0;
        used_ += counted;
        most = std::max(most, used_);
        largest = std::max(largest, counted);
        IRVisitor::visit(allocate);
        used_ -= counted;
    }

    int least_, used_ = 0;
};

Expr taken(const Expr &bytes) {
    return call_of_runtime(Handle(), "axnorm_take_scratch", {bytes});
}

Stmt returned(const std::string &block) {
    return Evaluate::make(call_of_runtime(Int(32), "axnorm_return_scratch", {pointer_to(block)}));
}

}  // namespace

Stmt Scratch::mutate(const Stmt &stmt) {
    if (inside_) {
        return IRMutator::mutate(stmt);
    }
    inside_ = true;
    least_ = halides_limit + 1;
    for (StackUse use(stmt, least_); use.most > most_on_stack && use.largest >= least_in_block;
         use = StackUse(stmt, least_)) {
        least_ = use.largest;
    }
    block_ = unique_name("scratch");
    const Stmt body = IRMutator::mutate(stmt);
    inside_ = false;
    if (bytes_ == 0) {
        return body;
    }
    if (bytes_ > KernelContext::scratch_bytes) {
        return LetStmt::make(block_, taken(cast<std::int64_t>(bytes_)), Block::make(body, returned(block_)));
    }
    // The context's first member.
    const Expr of_context =
        Load::make(UInt(64), "__user_context", 0, Buffer<>(), Parameter(), const_true(), ModulusRemainder());
    return LetStmt::make(block_, reinterpret(Handle(), of_context), body);
}

Stmt Scratch::visit(const Allocate *allocate) {
    const int known = known_bytes(*allocate);
    if (is_on_stack(*allocate) && known < least_) {
        return IRMutator::visit(allocate);
    }
    moved_.push_back(allocate->name);
    if (is_on_stack(*allocate)) {
        // A place of its own for each, though not all are alive at once: LLVM is told that they do not overlap.
        const Expr block = reinterpret<std::uint64_t>(pointer_to(block_));
        const Expr place = reinterpret(Handle(), block + cast<std::uint64_t>(bytes_));
        bytes_ += known;
        return LetStmt::make(allocate->name, place, mutate(allocate->body));
    }
    // Where loops are empty extents may be negative.
    Expr bytes = cast<std::int64_t>(allocate->type.bytes());
    for (const Expr &extent : allocate->extents) {
        bytes *= cast<std::int64_t>(max(extent, 0));
    }
    bytes += allocate->padding * allocate->type.bytes() + alignment;
    const Stmt body = Block::make(mutate(allocate->body), returned(allocate->name));
    return LetStmt::make(allocate->name, taken(select(allocate->condition, bytes, cast<std::int64_t>(0))), body);
}

Stmt Scratch::visit(const Free *free) {
    const bool is_moved = std::ranges::find(moved_, free->name) != moved_.end();
    return is_moved ? Evaluate::make(0) : IRMutator::visit(free);
}

}  // namespace axnorm::codegen

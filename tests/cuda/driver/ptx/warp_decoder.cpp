// Instructions that the threads of a warp execute together: their forms.
#include <algorithm>

#include "decoder.h"
#include "thread.h"
#include "warp.h"

namespace axnorm::ptx {

namespace {
void run_wait(Thread &t, const Instruction &) {
    t.state = State::at_warp;
}

void wait_for(Decoder &d, Collective collective, std::size_t mask_operand) {
    d.result.collective = collective;
    d.result.run = run_wait;
    d.result.r[5] = d.source(mask_operand, Type::u32);
}

void require_sync(Decoder &d) {
    if (!d.accept("sync")) {
        d.fail("is known with .sync alone");
    }
}

template <std::size_t n>
std::uint8_t one_of(Decoder &d, const std::array<std::string_view, n> &names) {
    const auto *const found = std::ranges::find(names, d.take("a mode"));
    if (found == names.end()) {
        d.fail("has no mode that is known");
    }
    return static_cast<std::uint8_t>(found - names.begin());
}

void decode_shfl(Decoder &d) {
    require_sync(d);
    d.result.mode = one_of(d, shuffle_modes);
    d.type({Type::b32});
    d.operands(5);
    d.result.r[0] = d.destination(0, Type::b32);
    d.result.r[1] = d.operand(0).second;
    for (std::size_t k = 1; k <= 3; ++k) {
        d.result.r[k + 1] = d.source(k, Type::b32);
    }
    wait_for(d, Collective::shuffle, 4);
}

void decode_vote(Decoder &d) {
    require_sync(d);
    d.result.mode = one_of(d, vote_modes);
    const bool ballot = d.result.mode == 3;
    if (ballot) {
        d.type({Type::b32});
    } else if (!d.accept("pred")) {
        d.fail("lacks .pred");
    }
    d.operands(3);
    d.result.r[0] = d.destination(0, ballot ? Type::b32 : Type::pred);
    Operand from = d.operand(1);
    d.result.negated = from.negated;
    from.negated = false;
    d.result.r[1] = d.source(from, Type::pred, false);
    wait_for(d, Collective::vote, 2);
}

void decode_match(Decoder &d) {
    d.result.mode = d.accept("all") ? 1 : 0;
    if (d.result.mode == 0 && !d.accept("any")) {
        d.fail("lacks .any or .all");
    }
    require_sync(d);
    d.result.type = d.type({Type::b32, Type::b64});
    d.operands(3);
    d.result.r[0] = d.destination(0, Type::b32);
    d.result.r[1] = d.operand(0).second;
    d.result.r[2] = d.source(1, d.result.type);
    wait_for(d, Collective::match, 2);
}

void decode_redux(Decoder &d) {
    require_sync(d);
    d.result.mode = one_of(d, reduce_modes);
    d.result.type = d.type({Type::b32, Type::u32, Type::s32});
    if ((d.result.mode >= 3) != (d.result.type == Type::b32)) {
        d.fail("is not known for this type");
    }
    d.operands(3);
    d.result.r[0] = d.destination(0, Type::b32);
    d.result.r[1] = d.source(1, Type::b32);
    wait_for(d, Collective::reduce, 2);
}

// Those that have come to it when all others of the warp have stopped.
void decode_activemask(Decoder &d) {
    d.type({Type::b32});
    d.operands(1);
    d.result.collective = Collective::active;
    d.result.run = run_wait;
    d.result.r[0] = d.destination(0, Type::b32);
}

void run_barrier(Thread &t, const Instruction &i) {
    t.barrier = get<std::uint32_t>(t, i.r[0]);
    t.barrier_threads = i.r[1] == no_register ? 0 : get<std::uint32_t>(t, i.r[1]);
    if (t.barrier >= 16 || t.barrier_threads % 32 != 0 ||
        t.barrier_threads > (t.block->threads.size() + 31) / 32 * 32) {
        t.fail(Fault::Kind::illegal_instruction, "there is no barrier " + std::to_string(t.barrier) + " of " +
                                                     std::to_string(t.barrier_threads) + " threads");
    }
    t.state = State::at_barrier;
}

// "bar.warp.sync" is of a warp, "bar.sync" and "barrier.sync" of the block; barrier's threads may come one by one.
void decode_bar(Decoder &d) {
    if (d.accept("warp")) {
        require_sync(d);
        d.operands(1);
        wait_for(d, Collective::synchronize, 0);
        return;
    }
    d.accept("cta");
    require_sync(d);
    d.result.aligned = d.accept("aligned") || d.s.name == "bar";
    d.operands(1, 2);
    d.result.run = run_barrier;
    d.result.r[0] = d.source(0, Type::u32);
    if (d.s.operands.size() == 2) {
        d.result.r[1] = d.source(1, Type::u32);
    }
}

constexpr DecodeRow rows[] = {
    {"shfl", decode_shfl}, {"vote", decode_vote},   {"match", decode_match},           {"redux", decode_redux},
    {"bar", decode_bar},   {"barrier", decode_bar}, {"activemask", decode_activemask},
};
}  // namespace

DecodeTable warp_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

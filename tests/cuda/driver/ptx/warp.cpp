#include "warp.h"

#include <algorithm>

#include "thread.h"

namespace axnorm::ptx {

namespace {
bool takes_part(std::uint32_t mask, std::uint32_t lane) {
    return (mask >> lane & 1) != 0;
}

// The lane that a thread reads, and whether that is within its segment.
std::pair<std::uint32_t, bool> source_lane(std::uint8_t mode, std::uint32_t lane, std::uint32_t b, std::uint32_t c) {
    const std::uint32_t segment = c >> 8 & 31, by = b & 31;
    const std::uint32_t first = lane & segment, last = first | (c & 31 & ~segment);
    switch (mode) {
        case 0: {  // up: `last` is the least lane
            const int from = static_cast<int>(lane) - static_cast<int>(by);
            const bool inside = from >= static_cast<int>(last);
            return {inside ? static_cast<std::uint32_t>(from) : lane, inside};
        }
        case 1: return {lane + by <= last ? lane + by : lane, lane + by <= last};
        case 2: return {(lane ^ by) <= last ? lane ^ by : lane, (lane ^ by) <= last};
        default: {
            const std::uint32_t from = first | (by & ~segment);
            return {from <= last ? from : lane, from <= last};
        }
    }
}

// All lanes are read before any is written.
void shuffle(const Instruction &i, const Lanes &lanes, std::uint32_t mask) {
    std::array<std::uint32_t, 32> values{};
    std::array<bool, 32> inside{};
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (!takes_part(mask, lane)) {
            continue;
        }
        const Thread &thread = *lanes[lane];
        const auto [from, is_inside] =
            source_lane(i.mode, lane, get<std::uint32_t>(thread, i.r[3]), get<std::uint32_t>(thread, i.r[4]));
        if (!takes_part(mask, from)) {
            thread.fail(Fault::Kind::illegal_instruction,
                        "a shuffle reads lane " + std::to_string(from) + ", which takes no part in it");
        }
        values[lane] = get<std::uint32_t>(*lanes[from], i.r[2]);
        inside[lane] = is_inside;
        ++thread.block->counters.shuffles;
    }
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane)) {
            set(*lanes[lane], i.r[0], values[lane]);
            if (i.r[1] != no_register) {
                lanes[lane]->r[i.r[1]] = inside[lane];
            }
        }
    }
}

void vote(const Instruction &i, const Lanes &lanes, std::uint32_t mask) {
    std::uint32_t ballot = 0;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane) && holds(*lanes[lane], i.r[1]) != i.negated) {
            ballot |= std::uint32_t{1} << lane;
        }
    }
    const bool all = ballot == mask, any = ballot != 0;
    const std::uint32_t result = i.mode == 0 ? all : i.mode == 1 ? any : i.mode == 2 ? all || !any : ballot;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane)) {
            set(*lanes[lane], i.r[0], result);
        }
    }
}

void match(const Instruction &i, const Lanes &lanes, std::uint32_t mask) {
    const std::uint64_t bits = i.type == Type::b64 ? ~std::uint64_t{0} : 0xffffffff;
    std::array<std::uint32_t, 32> equal{};
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        for (std::uint32_t other = 0; takes_part(mask, lane) && other < 32; ++other) {
            if (takes_part(mask, other) && ((lanes[lane]->r[i.r[2]] ^ lanes[other]->r[i.r[2]]) & bits) == 0) {
                equal[lane] |= std::uint32_t{1} << other;
            }
        }
    }
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (!takes_part(mask, lane)) {
            continue;
        }
        const bool all = equal[lane] == mask;
        set(*lanes[lane], i.r[0], i.mode == 0 || all ? equal[lane] : 0U);
        if (i.r[1] != no_register) {
            lanes[lane]->r[i.r[1]] = all;
        }
    }
}

std::uint32_t reduced(const Instruction &i, std::uint32_t a, std::uint32_t b) {
    const bool below = i.type == Type::s32 ? static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) : a < b;
    switch (i.mode) {
        case 0: return a + b;
        case 1: return below ? a : b;
        case 2: return below ? b : a;
        case 3: return a & b;
        case 4: return a | b;
        default: return a ^ b;
    }
}

void reduce(const Instruction &i, const Lanes &lanes, std::uint32_t mask) {
    std::optional<std::uint32_t> result;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane)) {
            const auto value = get<std::uint32_t>(*lanes[lane], i.r[1]);
            result = result ? reduced(i, *result, value) : value;
        }
    }
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane)) {
            set(*lanes[lane], i.r[0], result.value_or(0));
        }
    }
}

void write_mask(const Instruction &i, const Lanes &lanes, std::uint32_t mask) {
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        if (takes_part(mask, lane)) {
            set(*lanes[lane], i.r[0], mask);
        }
    }
}

std::uint32_t waiting_in(const Lanes &warp, const Instruction &instruction) {
    std::uint32_t result = 0;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        const Thread *const other = warp[lane];
        const bool waits = other != nullptr && other->state == State::at_warp && &other->current() == &instruction;
        result |= std::uint32_t{waits} << lane;
    }
    return result;
}

// The threads that wait in the same instruction with the same mask. Empty if one that the mask names does not yet.
std::uint32_t complete_mask(const Lanes &warp, const Thread &first) {
    const Instruction &instruction = first.current();
    if (instruction.collective == Collective::active) {
        return waiting_in(warp, instruction);
    }
    const auto mask = get<std::uint32_t>(first, instruction.r[5]);
    if (!takes_part(mask, first.lane)) {
        first.fail(Fault::Kind::illegal_instruction, "its lane is not in the mask of the instruction of its warp");
    }
    std::uint32_t result = 0;
    bool complete = true;
    for (std::uint32_t lane = 0; lane < 32; ++lane) {
        const Thread *const other = warp[lane];
        if (!takes_part(mask, lane) || other == nullptr) {
            continue;
        }
        if (other->state == State::exited) {
            if (first.block->launch.checks.exited_members) {
                first.fail(Fault::Kind::deadlock,
                           "deadlock: lane " + std::to_string(lane) +
                               " of the mask has exited (AXNORM_FAKE_CUDA_EXITED_LANES=1 allows it)");
            }
            continue;
        }
        const bool waits = other->state == State::at_warp && &other->current() == &instruction &&
                           get<std::uint32_t>(*other, instruction.r[5]) == mask;
        complete = complete && waits;
        result |= std::uint32_t{1} << lane;
    }
    return complete ? result : 0;
}
}  // namespace

void execute_for_warp(const Instruction &instruction, const Lanes &lanes, std::uint32_t mask) {
    switch (instruction.collective) {
        case Collective::shuffle: shuffle(instruction, lanes, mask); break;
        case Collective::vote: vote(instruction, lanes, mask); break;
        case Collective::match: match(instruction, lanes, mask); break;
        case Collective::reduce: reduce(instruction, lanes, mask); break;
        case Collective::active: write_mask(instruction, lanes, mask); break;
        case Collective::synchronize:
        case Collective::none: break;
    }
}

bool resolve_warp(Block &block, std::uint32_t warp) {
    Lanes lanes{};
    for (std::uint32_t lane = 0; lane < 32 && warp * 32 + lane < block.threads.size(); ++lane) {
        lanes[lane] = &block.threads[warp * 32 + lane];
    }
    bool any = false;
    for (Thread *const first : lanes) {
        if (first == nullptr || first->state != State::at_warp) {
            continue;
        }
        const Instruction &instruction = first->current();
        const std::uint32_t mask = complete_mask(lanes, *first);
        if (mask == 0) {
            continue;
        }
        execute_for_warp(instruction, lanes, mask);
        if (instruction.collective == Collective::synchronize) {
            block.shared.pass_warp_barrier(warp);
        }
        for (std::uint32_t lane = 0; lane < 32; ++lane) {
            if (takes_part(mask, lane)) {
                lanes[lane]->state = State::running;
            }
        }
        any = true;
    }
    return any;
}

}  // namespace axnorm::ptx

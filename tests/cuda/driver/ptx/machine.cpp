#include <algorithm>

#include "thread.h"

namespace axnorm::ptx {

namespace {
void run_thread(Thread &thread) {
    const std::uint64_t most = thread.block->launch.checks.steps_per_thread;
    while (thread.state == State::running) {
        const Instruction &instruction = thread.code[thread.pc++];
        if (++thread.steps > most) {
            thread.fail(Fault::Kind::endless, "more than " + std::to_string(most) + " instructions");
        }
        if (instruction.guard == no_register || holds(thread, instruction.guard) != instruction.unless) {
            instruction.run(thread, instruction);
        }
    }
}

// Until every thread of it has exited or waits for other warps.
void run_warp(Block &block, std::uint32_t warp) {
    const std::uint32_t begin = warp * 32;
    const std::uint32_t end = std::min(begin + 32, static_cast<std::uint32_t>(block.threads.size()));
    do {
        for (std::uint32_t k = begin; k < end; ++k) {
            run_thread(block.threads[k]);
        }
    } while (resolve_warp(block, warp));
}

// The aligned form is one instruction of a whole warp.
void check_aligned(const Block &block, std::uint32_t id) {
    for (const Thread &thread : block.threads) {
        const Thread &first = block.threads[thread.warp * 32];
        if (thread.state == State::at_barrier && thread.barrier == id && thread.current().aligned &&
            (first.state != State::at_barrier || &first.current() != &thread.current())) {
            thread.fail(Fault::Kind::deadlock, "threads of a warp wait in a barrier that others of it do not reach");
        }
    }
}

// Threads that wait in a barrier for which enough have come go on.
bool resolve_barriers(Block &block) {
    bool any = false;
    for (std::uint32_t id = 0; id < 16; ++id) {
        std::uint64_t waiting = 0, wanted = 0;
        for (const Thread &thread : block.threads) {
            if (thread.state == State::at_barrier && thread.barrier == id) {
                ++waiting;
                wanted = thread.barrier_threads != 0 ? thread.barrier_threads : block.threads.size();
            }
        }
        if (waiting == 0 || waiting < wanted) {
            continue;
        }
        check_aligned(block, id);
        for (Thread &thread : block.threads) {
            if (thread.state == State::at_barrier && thread.barrier == id) {
                thread.state = State::running;
            }
        }
        block.shared.pass_barrier();
        ++block.barriers;
        any = true;
    }
    return any;
}

[[noreturn]] void fail_deadlock(const Block &block) {
    std::uint64_t exited = 0;
    const Thread *waiting = nullptr;
    for (const Thread &thread : block.threads) {
        exited += thread.state == State::exited;
        if (waiting == nullptr && thread.state != State::exited) {
            waiting = &thread;
        }
    }
    const bool barrier = waiting->state == State::at_barrier;
    waiting->fail(Fault::Kind::deadlock, std::string("deadlock: it waits for ever in a ") +
                                             (barrier ? "barrier of the block" : "synchronization of its warp") + "; " +
                                             std::to_string(exited) + " threads have exited");
}

void run_block(Block &block) {
    const auto warps = static_cast<std::uint32_t>((block.threads.size() + 31) / 32);
    for (;;) {
        for (std::uint32_t warp = 0; warp < warps; ++warp) {
            run_warp(block, warp);
        }
        if (std::ranges::all_of(block.threads, [](const Thread &t) { return t.state == State::exited; })) {
            return;
        }
        if (!resolve_barriers(block)) {
            fail_deadlock(block);
        }
    }
}

std::uint64_t special_value(Special special, const Thread &thread) {
    const Block &block = *thread.block;
    const Dim3 &size = block.launch.block, &grid = block.launch.grid;
    const std::uint32_t bit = std::uint32_t{1} << thread.lane;
    switch (special) {
        case Special::tid_x: return thread.index % size.x;
        case Special::tid_y: return thread.index / size.x % size.y;
        case Special::tid_z: return thread.index / size.x / size.y;
        case Special::ntid_x: return size.x;
        case Special::ntid_y: return size.y;
        case Special::ntid_z: return size.z;
        case Special::ctaid_x: return block.id.x;
        case Special::ctaid_y: return block.id.y;
        case Special::ctaid_z: return block.id.z;
        case Special::nctaid_x: return grid.x;
        case Special::nctaid_y: return grid.y;
        case Special::nctaid_z: return grid.z;
        case Special::laneid: return thread.lane;
        case Special::warpid: return thread.warp;
        case Special::nwarpid: return 64;
        case Special::zero: return 0;
        case Special::warp_size: return 32;
        case Special::lanemask_eq: return bit;
        case Special::lanemask_lt: return bit - 1;
        case Special::lanemask_le: return bit | (bit - 1);
        case Special::lanemask_gt: return static_cast<std::uint32_t>(~(bit | (bit - 1)));
        case Special::lanemask_ge: return static_cast<std::uint32_t>(~(bit - 1));
        case Special::dynamic_shared: return block.launch.dynamic_shared;
        case Special::total_shared: return block.shared.size();
    }
    return 0;
}

void start_thread(Thread &thread, Block &block, std::uint32_t index) {
    const Function &kernel = block.launch.kernel;
    thread.block = &block;
    thread.index = index;
    thread.lane = index % 32;
    thread.warp = index / 32;
    thread.pc = 0;
    thread.steps = 0;
    thread.carry = false;
    thread.state = State::running;
    thread.local.assign(kernel.local_bytes, 0xff);
    thread.frames.resize(1);
    enter_frame(thread, kernel, 0);
    std::ranges::copy(block.launch.params, thread.frames.back().params.begin());
}

void count_block(const Block &block) {
    Counters &counters = block.counters;
    for (const Thread &thread : block.threads) {
        counters.instructions += thread.steps;
        counters.most_instructions = std::max(counters.most_instructions, thread.steps);
    }
    counters.barriers = std::max(counters.barriers, block.barriers);
}
}  // namespace

void enter_frame(Thread &thread, const Function &function, std::uint64_t local_begin) {
    Frame &frame = thread.frames.back();
    frame.function = &function;
    frame.registers = function.registers;
    frame.params.assign(function.frame_param_bytes, 0xff);
    frame.local_begin = local_begin;
    for (const auto &[special, reg] : function.specials) {
        frame.registers[reg] = special_value(special, thread);
    }
    for (const Function::Address &address : function.addresses) {
        frame.registers[address.reg] += address.variable->space == Space::local ? local_begin : 0;
    }
    thread.r = frame.registers.data();
    thread.code = function.code.data();
}

std::string place_of(const Block &block, std::uint32_t thread) {
    const Dim3 &size = block.launch.block;
    return "thread (" + std::to_string(thread % size.x) + ", " + std::to_string(thread / size.x % size.y) + ", " +
           std::to_string(thread / size.x / size.y) + ")";
}

void Thread::fail(Fault::Kind kind, const std::string &what) const {
    const Dim3 &id = block->id;
    throw Fault(kind, "kernel " + block->launch.kernel.name + ", block (" + std::to_string(id.x) + ", " +
                          std::to_string(id.y) + ", " + std::to_string(id.z) + "), " + place_of(*block, index) +
                          ", line " + std::to_string(current().line) + ": " + what);
}

Counters run(const Launch &launch) {
    Counters counters;
    const auto threads = static_cast<std::uint32_t>(launch.block.count());
    const auto shared = static_cast<std::uint32_t>(launch.program.static_shared) + launch.dynamic_shared;
    Block block{launch, counters, SharedMemory(shared, threads, launch.checks.races),    std::vector<Thread>(threads),
                {},     0,        std::vector<const Region *>(launch.kernel.code.size())};
    for (std::uint64_t k = 0; k < launch.grid.count(); ++k) {
        const std::uint64_t row = k / launch.grid.x;
        block.id = {static_cast<std::uint32_t>(k % launch.grid.x), static_cast<std::uint32_t>(row % launch.grid.y),
                    static_cast<std::uint32_t>(row / launch.grid.y)};
        block.barriers = 0;
        block.shared.begin_block();
        for (std::uint32_t thread = 0; thread < threads; ++thread) {
            start_thread(block.threads[thread], block, thread);
        }
        run_block(block);
        count_block(block);
    }
    return counters;
}

}  // namespace axnorm::ptx

// Branches, calls, and the ends of a thread.
#include <algorithm>

#include "decoder.h"
#include "thread.h"

namespace axnorm::ptx {

namespace {
void run_bra(Thread &t, const Instruction &i) {
    t.pc = static_cast<std::uint32_t>(i.offset);
}

void decode_bra(Decoder &d) {
    d.accept("uni");
    d.operands(1);
    if (d.operand(0).kind != Operand::Kind::symbol) {
        d.fail("goes to no label");
    }
    d.result.run = run_bra;
    d.scope.branch_to(d.operand(0).name);
}

void run_brx(Thread &t, const Instruction &i) {
    const auto &targets = *static_cast<const std::vector<std::uint32_t> *>(i.detail);
    const auto index = get<std::uint32_t>(t, i.r[0]);
    if (index >= targets.size()) {
        t.fail(Fault::Kind::illegal_instruction,
               "a branch to number " + std::to_string(index) + " of " + std::to_string(targets.size()) + " targets");
    }
    t.pc = targets[index];
}

void decode_brx(Decoder &d) {
    if (!d.accept("idx")) {
        d.fail("lacks .idx");
    }
    d.accept("uni");
    d.operands(2);
    d.result.run = run_brx;
    d.result.r[0] = d.source(0, Type::u32);
    d.result.detail = d.scope.targets_of(d.operand(1).name, d.s.line);
}

void copy_params(const std::vector<Parameter> &from, const Frame &source, const std::vector<Parameter> &to,
                 Frame &target) {
    for (std::size_t k = 0; k < from.size(); ++k) {
        std::copy_n(source.params.begin() + from[k].offset, std::min(from[k].size, to[k].size),
                    target.params.begin() + to[k].offset);
    }
}

void run_call(Thread &t, const Instruction &i) {
    const Call &call = *static_cast<const Call *>(i.detail);
    if (t.frames.size() >= 256) {
        t.fail(Fault::Kind::illegal_instruction, "more than 256 calls within each other");
    }
    t.frames.back().pc = t.pc;
    t.frames.back().call = &call;
    const std::uint64_t local_begin = (t.local.size() + 15) / 16 * 16;
    t.local.resize(local_begin + call.callee->local_bytes, 0xff);
    t.frames.emplace_back();
    enter_frame(t, *call.callee, local_begin);
    copy_params(call.arguments, t.frames[t.frames.size() - 2], call.callee->parameters, t.frames.back());
    t.pc = 0;
}

void decode_call(Decoder &d) {
    d.accept("uni");
    d.result.run = run_call;  // the parser adds which function
}

void run_exit(Thread &t, const Instruction &) {
    t.state = State::exited;
}

void run_ret(Thread &t, const Instruction &) {
    if (t.frames.size() == 1) {
        t.state = State::exited;
        return;
    }
    const Frame callee = std::move(t.frames.back());
    t.frames.pop_back();
    Frame &frame = t.frames.back();
    copy_params(callee.function->results, callee, frame.call->results, frame);
    t.local.resize(callee.local_begin);
    t.r = frame.registers.data();
    t.code = frame.function->code.data();
    t.pc = frame.pc;
}

template <Instruction::Run run>
void decode_leave(Decoder &d) {
    d.accept("uni");
    d.operands(0);
    d.result.run = run;
}

void run_trap(Thread &t, const Instruction &) {
    t.fail(Fault::Kind::trap, "a trap");
}

void run_nothing(Thread &, const Instruction &) {}

// Memory is in order already.
void decode_fence(Decoder &d) {
    d.skip({"gl", "cta", "sys", "gpu", "cluster", "sc", "acq_rel", "acquire", "release"});
    d.operands(0);
    d.result.run = run_nothing;
}

void decode_nanosleep(Decoder &d) {
    d.type({Type::u32});
    d.operands(1);
    d.source(0, Type::u32);
    d.result.run = run_nothing;
}

constexpr DecodeRow rows[] = {
    {"bra", decode_bra},
    {"brx", decode_brx},
    {"call", decode_call},
    {"ret", decode_leave<run_ret>},
    {"exit", decode_leave<run_exit>},
    {"trap", decode_leave<run_trap>},
    {"membar", decode_fence},
    {"fence", decode_fence},
    {"nanosleep", decode_nanosleep},
};
}  // namespace

DecodeTable control_instructions() {
    return {std::begin(rows), std::end(rows)};
}

}  // namespace axnorm::ptx

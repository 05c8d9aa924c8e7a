#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "ptx_harness.h"

namespace axnorm::fake_cuda::test {

namespace {
const char *const registers =
    ".reg .pred %p<10>; .reg .b16 %h<10>; .reg .b32 %r<10>; .reg .b64 %d<10>;\n"
    "ld.param.b64 %d8, [out]; ld.param.b64 %d7, [in]; mov.u32 %r8, %tid.x;\n";

std::string load_inputs(std::size_t count) {
    std::string text;
    for (std::size_t k = 0; k < count; ++k) {
        const std::string n = std::to_string(k), at = "[%d7+" + std::to_string(8 * k) + "];\n";
        text += "ld.global.b64 %d" + n + ", " + at + "ld.global.b32 %r" + n + ", " + at + "ld.global.b16 %h" + n +
                ", " + at + "and.b32 %r9, %r" + n + ", 1; setp.ne.b32 %p" + n + ", %r9, 0;\n";
    }
    return text;
}

std::string store_result(const std::string &body) {
    for (const std::string letter : {"h", "r", "d"}) {
        if (body.find("%" + letter + "9") != body.npos) {
            return "st.global.b" +
                   std::string(letter == "h"   ? "16"
                               : letter == "r" ? "32"
                                               : "64") +
                   " [%d8], %" + letter + "9;\n";
        }
    }
    return "selp.b32 %r9, 1, 0, %p9; st.global.b32 [%d8], %r9;\n";
}

// Device memory with these words in it.
std::uint64_t upload(ptx::Memory &memory, const std::vector<std::uint32_t> &words) {
    const std::size_t bytes = 4 * words.size();
    const std::uint64_t address = memory.allocate(bytes);
    if (bytes != 0) {
        std::memcpy(memory.find(address, bytes)->bytes.get(), words.data(), bytes);
    }
    return address;
}
}  // namespace

std::string kernel_of(const std::string &body, const std::string &before, const std::string &directives) {
    return ".version 7.8\n.target sm_80\n.address_size 64\n" + before +
           "\n.visible .entry k(.param .u64 out, .param .u64 in) " + directives + "\n{\n" + registers + body +
           "\nret;\n}\n";
}

void KernelRun::run(const std::string &source) {
    ptx::Program program = ptx::parse(source);
    ptx::Memory memory;
    for (const auto &variable : program.variables) {
        if (variable->space != ptx::Space::shared) {
            variable->address =
                memory.allocate(variable->size, variable->alignment, variable->space == ptx::Space::global);
        }
    }
    program.link();
    for (const auto &variable : program.variables) {
        if (variable->space != ptx::Space::shared) {
            std::memcpy(memory.find(variable->address, variable->size)->bytes.get(), variable->initial.data(),
                        variable->size);
        }
    }
    const std::uint64_t addresses[] = {upload(memory, out), upload(memory, in)};
    std::vector<std::uint8_t> params(sizeof addresses);
    std::memcpy(params.data(), addresses, sizeof addresses);
    counters = ptx::run({program, *program.entry("k"), grid, block, dynamic_shared, params, memory, checks});
    if (!out.empty()) {
        std::memcpy(out.data(), memory.find(addresses[0], 4 * out.size())->bytes.get(), 4 * out.size());
    }
}

std::uint64_t result_of(const std::string &body, std::initializer_list<std::uint64_t> inputs) {
    KernelRun run{{0, 0}, {}, {}, {}, 0, {}, {}};
    for (const std::uint64_t input : inputs) {
        run.in.push_back(static_cast<std::uint32_t>(input));
        run.in.push_back(static_cast<std::uint32_t>(input >> 32));
    }
    run.run(kernel_of(load_inputs(inputs.size()) + body + "\n" + store_result(body)));
    return run.out[0] | std::uint64_t{run.out[1]} << 32;
}

std::vector<std::uint32_t> run_threads(const std::string &body, std::uint32_t threads, const std::string &before) {
    KernelRun run{std::vector<std::uint32_t>(threads), {}, {}, {threads}, 0, {}, {}};
    run.run(kernel_of(body + "\nmul.wide.u32 %d9, %r8, 4; add.s64 %d9, %d8, %d9; st.global.b32 [%d9], %r9;", before));
    return run.out;
}

Failure fault_of(const std::string &body, std::uint32_t threads, const std::string &before, ptx::Checks checks) {
    KernelRun run{std::vector<std::uint32_t>(threads), {}, {}, {threads}, 0, checks, {}};
    try {
        run.run(kernel_of(body, before));
    } catch (const ptx::Fault &fault) {
        return {fault.kind, fault.what()};
    }
    return {};
}

std::string parse_error_of(const std::string &body) {
    try {
        ptx::parse(kernel_of(body));
    } catch (const ptx::InvalidPtx &error) {
        return error.what();
    }
    return "";
}

std::uint64_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

std::uint64_t bits_of(double value) {
    return std::bit_cast<std::uint64_t>(value);
}

}  // namespace axnorm::fake_cuda::test

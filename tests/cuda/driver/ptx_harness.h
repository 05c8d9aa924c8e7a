// Runs a few instructions of PTX, or a kernel, without the driver.
//
//     result_of("add.s32 %r9, %r0, %r1;", {2, 3}) == 5
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "ptx/launch.h"

namespace axnorm::fake_cuda::test {

// The inputs lie in %h0, %r0 and %d0 (of 16, 32 and 64 bits) and as a predicate, their bit 0, in %p0; the next in %h1
// and so on. The result is what the body leaves in %h9, %r9, %d9 or %p9, whichever it names.
std::uint64_t result_of(const std::string &body, std::initializer_list<std::uint64_t> inputs);

// A module with one kernel "k" of parameters "out" and "in", addresses which %d8 and %d7 hold. %r8 is the thread's
// number in its block.
std::string kernel_of(const std::string &body, const std::string &before = "", const std::string &directives = "");

struct KernelRun {
    std::vector<std::uint32_t> out;  // what it begins with, and ends with
    std::vector<std::uint32_t> in;
    ptx::Dim3 grid, block;
    std::uint32_t dynamic_shared = 0;
    ptx::Checks checks;
    ptx::Counters counters;

    void run(const std::string &source);
};

// The threads of a block, each of which writes %r9 to its place in the result.
std::vector<std::uint32_t> run_threads(const std::string &body, std::uint32_t threads, const std::string &before = "");

// What the fault says, with its kind.
struct Failure {
    ptx::Fault::Kind kind = ptx::Fault::Kind::trap;
    std::string what;  // empty if there was none
};
Failure fault_of(const std::string &body, std::uint32_t threads, const std::string &before = "",
                 ptx::Checks checks = {});

// What the parser says; empty if nothing.
std::string parse_error_of(const std::string &body);

std::uint64_t bits_of(float value);
std::uint64_t bits_of(double value);

}  // namespace axnorm::fake_cuda::test

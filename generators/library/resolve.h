// Request -> what a library holds: a signature for each order in memory, a kernel for each signature.
//
// Signatures come from the runtime's own Layout, met with tensors without memory: what is compiled is what a call of
// dense tensors will ask for.
#pragma once

#include "record.h"
#include "signatures.h"

namespace axnorm::build {

// A function to compile.
struct Function {
    std::string symbol;
    Statistic statistic;
    Loops loops;  // with the extents that are compiled in
    DTypePair dtypes;
    Device device = Device::cpu;
    // Of devices, as axnorm::Kernel has them.
    DType params_dtype = statistics_dtype(dtypes.x);
    bool aligned = false, split = false;
    std::string knobs{};
    InstructionSets instruction_sets{};  // of the CPU
};

// A kernel in the library's table. Several may share a function.
struct Row {
    std::string name, symbol;
    Statistic statistic;
    Loops loops;
    DTypePair dtypes;
    Device device = Device::cpu;
    DType params_dtype = statistics_dtype(dtypes.x);
    bool aligned = false, split = false;
    std::string knobs;
    InstructionSets instruction_sets{};
    TunedFor tuned_for{};
    std::string processor{};  // of tuned_for
};

// As axnorm::KernelLine.
struct Line {
    std::string pattern, params, memory;
    Statistic statistic;
    std::string signature;
    std::vector<DTypePair> dtypes;
    std::vector<Device> devices;

    bool operator==(const Line &) const = default;
};

struct Resolved {
    std::vector<Line> lines;
    std::vector<Row> rows;  // by statistic and dtypes
    std::vector<Function> functions;
    int tuned = 0;  // rows of the record that a kernel was made of, or that say its usual knobs are best
    std::vector<std::string> notes{};  // of what was asked for in vain
};

// Where the request does not say which, kernels are compiled for all instruction sets that they profit from; but exact
// ones not for baseline x86-64 where canonical ones are there, which serve it: a fifth of the time to build the default
// library, for processors of before 2013. Held down to baseline, the canonical ones took 0.6 to 1.8 times as long in
// the cases of bench/cases.h; but 2.8 to 60 times for blocks of a short group, which keep theirs.
//
// For each row of the record that one of the kernels has there is another kernel, with its knobs, for its instruction
// set and sizes of x. It stands before the one for all calls, which is not compiled for an instruction set where rows
// have all sizes.
//
// Throws std::runtime_error, which names the KERNEL; wrong patterns with the language's own message.
Resolved resolve(const std::string &library, const LibraryRequest &request, const std::vector<TunedRow> &record = {});

}  // namespace axnorm::build

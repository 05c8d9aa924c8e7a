// Records of schedules: knobs that scripts/tune found for a machine, a row for each kernel, instruction set and range
// of sizes. cmake/read_schedules.py reads the JSON files that SCHEDULES names, and checks what they are made of; here
// is what takes knowledge of kernels.
#pragma once

#include <string>
#include <vector>

#include "axnorm/kernel.h"
#include "signatures.h"

namespace axnorm::build {

struct TunedRow {
    std::string where;  // "zen5-avx512.json:12", for messages
    Statistic statistic;
    Loops loops;  // with the extents that are compiled in
    DTypePair dtypes;
    Device device;
    InstructionSet instruction_set;  // of the CPU
    TunedFor calls;
    std::string processor;  // as TunedFor has it
    std::string knobs;      // "" where the usual ones are best
};

// A row a line, fields divided by tabs: where, processor, statistic, signature, contiguous, contiguous_params, dtypes,
// device, instruction set, least_bytes, most_bytes, knobs "rows:4,row_vector:16", and of each knob what it was when it
// was measured, "rows:1a2b3c4d,row_vector:..." (id_of(), knobs.h).
//
// Throws std::runtime_error with file and line where a name is unknown, a knob is not legal, has changed since, or two
// rows are for the same calls.
std::vector<TunedRow> parse_record(const std::string &text);

}  // namespace axnorm::build

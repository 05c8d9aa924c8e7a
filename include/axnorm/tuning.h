// Thresholds of the runtime for a machine: from how many elements on a call uses threads, writes y directly to memory,
// and the like. `scripts/tune --runtime` finds them; a file has those that are not as usual:
//
//     # this_machine.tuning
//     threaded_elements = 32768
//     streamed_share = 1.5
//
//     axnorm::load_tuning("this_machine.tuning");   // or AXNORM_TUNING=this_machine.tuning in the environment
//
// They decide about speed: no bit of a result depends on them. `axnorm list --thresholds` prints all, those in use, and
// what is legal.
#pragma once

#include <string>

namespace axnorm {

// Uses what the file says from the next call on, and the usual value of what it does not mention. It may run beside
// calls. The file of AXNORM_TUNING is read at the first call, before any other, unless this was called earlier.
//
// Throws Error with file and line where the file cannot be read, a line is not `name = value`, a name is unknown or
// there twice, or a value is not legal; then nothing changes.
void load_tuning(const std::string &path);

}  // namespace axnorm

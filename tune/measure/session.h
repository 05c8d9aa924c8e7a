// Requests, each a line of JSON, and their answers.
//
//     {"op": "case", "pattern": "b c -> b", "params": "c", "shape": [4096, 1024], "cpu": 1}
//     {"ok": true, "elements": 4194304, "bytes": 33562624, "signature": "kR", "checked_groups": 2048, "groups": 4096}
//
//     choose      of kernels of which there are the words alone, the one that a call runs
//     case        the call that all others are about
//     load        a kernel from a shared library, by the words that axnorm-kernels prints for it, under a name
//     thresholds  of the runtime, as a tuning file has them, under a name; others of the name are replaced
//     way         how a call runs: the kernel, threads, tasks, stores
//     check       whether a kernel is right, and gives the bits of another one
//     race        two kernels, timed against each other; for a GPU that is the stand-in driver's, by instructions
//     unload      a kernel
//     info        the machine, versions, and the thresholds that there are, with what a search tries
//
// The two sides of check and race have names of thresholds, too; else they run under those that the process began with.
// In place of a kernel's name "*" is the one of those loaded that a call would run, under the side's thresholds; of
// equal ones the first by name.
//
// What is wrong with a request becomes its answer: {"ok": false, "error": "...", "kind": "..."}, where the kind is
// `request`, of what is asked for; `load`, of the file; `kernel`, which does not serve the case, or reports an error;
// or `machine`, of cores and memory. A kernel that crashes or never returns takes the process along.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fields.h"
#include "loaded_kernel.h"
#include "named_thresholds.h"
#include "problem.h"
#include "sampled_reference.h"
#include "side.h"
#include "timed_calls.h"

namespace axnorm::measure {

class Session {
  public:
    Session();

    // Never throws for what is wrong with the line.
    std::string answer(const std::string &line);

  private:
    Json choose(Fields &fields);
    Json make_case(Fields &fields);
    Json load(Fields &fields);
    Json set_thresholds(Fields &fields);
    Json tell_way(Fields &fields);
    Json check_kernel(Fields &fields);
    Json race_kernels(Fields &fields);
    Json unload(Fields &fields);
    Json info(Fields &fields);

    Json answer_to(const std::string &line);
    const Kernel &kernel_of(const std::string &name) const;
    const Kernel &chosen_kernel() const;
    const std::string &name_of(const Kernel &kernel) const;
    Side side(const std::string &kernel, const std::string &of_thresholds) const;
    const Problem &problem() const;

    std::unique_ptr<Problem> problem_;
    std::optional<SampledReference> reference_;
    std::optional<TimedCalls> calls_;  // once there was a race
    std::map<std::string, std::unique_ptr<LoadedKernel>> kernels_;
    NamedThresholds thresholds_;
};

}  // namespace axnorm::measure

// How many threads of a process can run at once.
#pragma once

#include <string>

namespace axnorm {

// What the calling thread may run on: the cores of its affinity mask, no more than the control groups of the process
// give it time for, rounded up. At least 1.
int available_cpus();

// The time of the control groups alone, in cores, or 0 where there is no limit. `root` is before /proc and /sys.
int cpu_quota(const std::string &root);

}  // namespace axnorm

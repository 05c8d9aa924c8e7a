// The machine that is measured on: its processor, and which of its cores the process is on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace axnorm::measure {

// As /proc/cpuinfo names it.
std::string processor_name();

// Those that the process was started on.
int core_count();

// "L1d", "L1i", "L2", "L3" of a core, with their bytes.
std::vector<std::pair<std::string, std::int64_t>> caches();

// Holds all threads of the process on `count` cores from `first` on; without one, where it was started. Throws Failure.
void pin(std::optional<int> first, int count);

}  // namespace axnorm::measure

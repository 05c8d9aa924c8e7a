#include "machine.h"

#include <sched.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "failure.h"

namespace axnorm::measure {
namespace {

const cpu_set_t &first_cores() {
    static const cpu_set_t cores = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        sched_getaffinity(0, sizeof set, &set);
        return set;
    }();
    return cores;
}

std::string list(const cpu_set_t &cores) {
    std::string text;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &cores)) {
            text += (text.empty() ? "" : ", ") + std::to_string(i);
        }
    }
    return text;
}

cpu_set_t wanted_cores(std::optional<int> first, int count) {
    if (!first) {
        return first_cores();
    }
    cpu_set_t cores;
    CPU_ZERO(&cores);
    for (std::int64_t i = *first; i < std::int64_t{*first} + count; ++i) {
        if (i < 0 || i >= CPU_SETSIZE || !CPU_ISSET(static_cast<int>(i), &first_cores())) {
            throw Failure("machine", "core " + std::to_string(i) +
                                         " is not one that the process may run on: " + list(first_cores()));
        }
        CPU_SET(static_cast<int>(i), &cores);
    }
    return cores;
}

}  // namespace

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
            return begin == std::string::npos ? "" : line.substr(begin);
        }
    }
    return "";
}

int core_count() {
    return CPU_COUNT(&first_cores());
}

std::vector<std::pair<std::string, std::int64_t>> caches() {
    std::vector<std::pair<std::string, std::int64_t>> all;
    for (int i = 0;; ++i) {
        const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
        std::string level, type;
        std::int64_t kilobytes = 0;
        if (!(std::ifstream(folder + "level") >> level) || !(std::ifstream(folder + "type") >> type) ||
            !(std::ifstream(folder + "size") >> kilobytes)) {
            return all;
        }
        const char *suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
        all.emplace_back("L" + level + suffix, kilobytes << 10);
    }
}

// New threads are where the one is that made them; those of earlier calls are there already.
void pin(std::optional<int> first, int count) {
    const cpu_set_t cores = wanted_cores(first, count);
    for (const auto &thread : std::filesystem::directory_iterator("/proc/self/task")) {
        const int id = std::stoi(thread.path().filename().string());
        if (sched_setaffinity(id, sizeof cores, &cores) != 0 && errno != ESRCH) {
            throw Failure("machine", std::string("the process cannot be held on its cores: ") + std::strerror(errno));
        }
    }
}

}  // namespace axnorm::measure

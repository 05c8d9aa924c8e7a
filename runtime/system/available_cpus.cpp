#include "available_cpus.h"

#include <sched.h>

#include <algorithm>
#include <climits>
#include <cstdio>

namespace axnorm {
namespace {

int cpus_of_mask() {
    unsigned long words[256];  // 16384 CPUs
    auto *mask = reinterpret_cast<cpu_set_t *>(words);
    return sched_getaffinity(0, sizeof words, mask) == 0 ? CPU_COUNT_S(sizeof words, mask) : 1;
}

// "" where there is no such file.
std::string text_of_file(const std::string &path) {
    std::string text;
    if (std::FILE *file = std::fopen(path.c_str(), "re"); file != nullptr) {
        char piece[512];
        for (std::size_t size = 0; (size = std::fread(piece, 1, sizeof piece, file)) > 0;) {
            text.append(piece, size);
        }
        std::fclose(file);
    }
    return text;
}

// In cores, rounded up; 0: no limit.
int cores_of(long long quota, long long period) {
    return quota > 0 && period > 0 ? static_cast<int>(std::min<long long>((quota - 1) / period + 1, INT_MAX)) : 0;
}

int quota_of_folder(const std::string &folder, bool is_v2) {
    long long quota = 0, period = 0;
    if (is_v2) {
        // "max 100000" is no limit
        const bool is_limit = std::sscanf(text_of_file(folder + "/cpu.max").c_str(), "%lld %lld", &quota, &period) == 2;
        return is_limit ? cores_of(quota, period) : 0;
    }
    // -1 is no limit
    const bool is_limit = std::sscanf(text_of_file(folder + "/cpu.cfs_quota_us").c_str(), "%lld", &quota) == 1 &&
                          std::sscanf(text_of_file(folder + "/cpu.cfs_period_us").c_str(), "%lld", &period) == 1;
    return is_limit ? cores_of(quota, period) : 0;
}

// A group has no more than those around it. In a container its path may be that of the host, and only the last folder
// be there.
int least_quota(const std::string &mount, std::string group, bool is_v2) {
    int least = 0;
    for (;;) {
        const int quota = quota_of_folder(mount + group, is_v2);
        least = least == 0 || (quota != 0 && quota < least) ? quota : least;
        const std::size_t slash = group.rfind('/');
        if (slash == std::string::npos) {
            return least;
        }
        group.resize(slash);
    }
}

bool has_cpu(const std::string &controllers) {
    return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

// "0::/group" of version 2, "4:cpu,cpuacct:/group" of version 1: cgroups(7).
int quota_of_line(const std::string &root, const std::string &line) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
        return 0;
    }
    const std::string controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    const std::string mount = root + "/sys/fs/cgroup";
    if (controllers.empty()) {
        return least_quota(mount, group, true);
    }
    if (!has_cpu(controllers)) {
        return 0;
    }
    const int quota = least_quota(mount + "/" + controllers, group, false);
    return quota != 0 ? quota : least_quota(mount + "/cpu", group, false);
}

}  // namespace

int cpu_quota(const std::string &root) {
    const std::string groups = text_of_file(root + "/proc/self/cgroup");
    int least = 0;
    for (std::size_t begin = 0, end = 0; begin < groups.size(); begin = end + 1) {
        end = std::min(groups.find('\n', begin), groups.size());
        const int quota = quota_of_line(root, groups.substr(begin, end - begin));
        least = least == 0 || (quota != 0 && quota < least) ? quota : least;
    }
    return least;
}

int available_cpus() {
    const int quota = cpu_quota(""), cpus = std::max(cpus_of_mask(), 1);
    return quota != 0 ? std::min(quota, cpus) : cpus;
}

}  // namespace axnorm

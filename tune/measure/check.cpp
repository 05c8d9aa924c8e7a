#include "check.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "failure.h"
#include "named_thresholds.h"

namespace axnorm::measure {
namespace {

// All bits set are a NaN of each dtype; that of no kernel, which have one bit of the fraction set.
constexpr unsigned char unwritten = 0xff;

constexpr std::array outputs = {role_y, role_mean, role_rstd};

// An element as a number.
std::uint64_t bits_at(const unsigned char *memory, std::size_t index, std::size_t size) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, memory + index * size, size);
    return bits;
}

std::string hexadecimal(std::uint64_t bits, std::size_t size) {
    char text[32];
    std::snprintf(text, sizeof text, "0x%0*llx", static_cast<int>(2 * size), static_cast<unsigned long long>(bits));
    return text;
}

std::size_t element_size(const Problem &problem, Role role) {
    const DTypePair dtypes = problem.request().dtypes;
    return static_cast<std::size_t>(size_of(role == role_y ? dtypes.y : statistics_dtype(dtypes.x)));
}

// The first element that no kernel wrote, or "".
std::string first_unwritten(const Problem &problem, Role role) {
    const GuardedMemory &memory = problem.memory(role);
    const std::size_t size = element_size(problem, role), count = memory.size() / size;
    const std::uint64_t none = UINT64_MAX >> (64 - 8 * size);
    for (std::size_t i = 0; i < count; ++i) {
        if (bits_at(memory.data(), i, size) == none) {
            return element_text(problem, role, i) + " is not written";
        }
    }
    return "";
}

using Bytes = std::vector<unsigned char>;

Bytes bytes_of(const Problem &problem, Role role) {
    const GuardedMemory &memory = problem.memory(role);
    return {memory.data(), memory.data() + memory.size()};
}

std::string first_difference(const Problem &problem, Role role, const Bytes &from) {
    const unsigned char *data = problem.memory(role).data(), *other = from.data();
    if (std::memcmp(data, other, from.size()) == 0) {
        return "";
    }
    const std::size_t size = element_size(problem, role);
    std::size_t i = 0;
    while (std::memcmp(data + i * size, other + i * size, size) == 0) {
        ++i;
    }
    return element_text(problem, role, i) + ": " + hexadecimal(bits_at(data, i, size), size) + " against " +
           hexadecimal(bits_at(other, i, size), size);
}

// Of the last run: an output that it was to write, and did not, or memory beside that it did, or "".
std::string first_miswritten(const Problem &problem, bool statistics) {
    for (const Role role : outputs) {
        if (!problem.memory(role).guards_intact()) {
            return std::string("memory around ") + name_of(role) + " is written";
        }
        if (const std::string wrong = first_unwritten(problem, role);
            !wrong.empty() && (role == role_y || statistics)) {
            return wrong;
        }
    }
    return "";
}

Deviation deviation_of(const Problem &problem, const SampledReference &reference, bool statistics) {
    Deviation deviation = reference.deviation(statistics);
    if (std::string wrong = first_miswritten(problem, statistics); !wrong.empty()) {
        deviation.wrong = wrong;
    }
    return deviation;
}

void run_into_unwritten(const Problem &problem, const Side &side, Stores stores, bool statistics) {
    const UsedThresholds used(*side.thresholds);
    for (const Role role : outputs) {
        problem.memory(role).make_guards();
        std::memset(problem.memory(role).data(), unwritten, problem.memory(role).size());
    }
    problem.write_outputs();
    if (statistics) {
        problem.run_with_statistics(*side.plan.kernel, stores);
    } else {
        problem.run(side.plan, problem.operands(), stores);
    }
    problem.read_outputs();
}

}  // namespace

Plan plan_of(const Problem &problem, const Kernel &kernel) {
    Plan plan;
    if (const std::string why = problem.refusal(kernel, plan); !why.empty()) {
        throw Failure("kernel", "kernel " + std::string(kernel.name) + " does not serve the case: " + why);
    }
    return plan;
}

Checked check(const Problem &problem, const SampledReference &reference, const Side &side, const Side *like) {
    const bool statistics = problem.serves_statistics(*side.plan.kernel) &&
                            (like == nullptr || problem.serves_statistics(*like->plan.kernel));
    Checked checked;
    std::array<Bytes, role_count> expected;
    if (like != nullptr) {
        run_into_unwritten(problem, *like, Stores::automatic, statistics);
        for (const Role role : outputs) {
            expected[role] = bytes_of(problem, role);
        }
    }
    run_into_unwritten(problem, side, Stores::cached, statistics);
    checked.deviation = deviation_of(problem, reference, statistics);
    for (const Role role : outputs) {
        if (like != nullptr && checked.first_difference.empty()) {
            checked.first_difference = first_difference(problem, role, expected[role]);
        }
    }
    // Without mean and rstd, as it is timed.
    const Bytes cached = bytes_of(problem, role_y);
    run_into_unwritten(problem, side, Stores::streaming, false);
    const std::string wrong = first_miswritten(problem, false), difference = first_difference(problem, role_y, cached);
    if (checked.deviation.wrong.empty() && !wrong.empty()) {
        checked.deviation.wrong = wrong;
    } else if (checked.deviation.wrong.empty() && !difference.empty()) {
        checked.deviation.wrong = "stores past the caches give other bits than stores into them: " + difference;
    }
    return checked;
}

}  // namespace axnorm::measure

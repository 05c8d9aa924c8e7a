#include "check.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "failure.h"
#include "named_thresholds.h"

namespace axnorm::measure {
namespace {

// All bits set are a NaN of each dtype; that of no kernel, which have one bit of the fraction set.
constexpr unsigned char unwritten = 0xff;

constexpr const char *memory_is_written = "memory around y is written";

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

std::size_t size_of_y(const Problem &problem) {
    return static_cast<std::size_t>(size_of(problem.request().dtypes.y));
}

// The first element that no kernel wrote, or "".
std::string first_unwritten(const Problem &problem) {
    const std::size_t size = size_of_y(problem), count = problem.y().size() / size;
    const std::uint64_t none = UINT64_MAX >> (64 - 8 * size);
    for (std::size_t i = 0; i < count; ++i) {
        if (bits_at(problem.y().data(), i, size) == none) {
            return "y" + index_text(problem, i) + " is not written";
        }
    }
    return "";
}

using Bytes = std::vector<unsigned char>;

Bytes bytes_of_y(const Problem &problem) {
    return {problem.y().data(), problem.y().data() + problem.y().size()};
}

std::string first_difference(const Problem &problem, const Bytes &from) {
    const unsigned char *y = problem.y().data(), *other = from.data();
    if (std::memcmp(y, other, from.size()) == 0) {
        return "";
    }
    const std::size_t size = size_of_y(problem);
    std::size_t i = 0;
    while (std::memcmp(y + i * size, other + i * size, size) == 0) {
        ++i;
    }
    return "y" + index_text(problem, i) + ": " + hexadecimal(bits_at(y, i, size), size) + " against " +
           hexadecimal(bits_at(other, i, size), size);
}

Deviation deviation_of(const Problem &problem, const SampledReference &reference) {
    Deviation deviation = reference.deviation();
    if (std::string wrong = first_unwritten(problem); !wrong.empty()) {
        deviation.wrong = wrong;
    }
    if (!problem.y().guards_intact()) {
        deviation.wrong = memory_is_written;
    }
    return deviation;
}

void run_into_unwritten(const Problem &problem, const Side &side, Stores stores) {
    const UsedThresholds used(*side.thresholds);
    problem.y().make_guards();
    std::memset(problem.y().data(), unwritten, problem.y().size());
    problem.write_y();
    problem.run(side.plan, problem.operands(), stores);
    problem.read_y();
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
    Checked checked;
    std::optional<Bytes> expected;
    if (like != nullptr) {
        run_into_unwritten(problem, *like, Stores::automatic);
        expected = bytes_of_y(problem);
    }
    run_into_unwritten(problem, side, Stores::cached);
    checked.deviation = deviation_of(problem, reference);
    if (expected) {
        checked.first_difference = first_difference(problem, *expected);
    }
    const Bytes cached = bytes_of_y(problem);
    run_into_unwritten(problem, side, Stores::streaming);
    const std::string difference = first_difference(problem, cached);
    if (checked.deviation.wrong.empty() && !problem.y().guards_intact()) {
        checked.deviation.wrong = memory_is_written;
    } else if (checked.deviation.wrong.empty() && !difference.empty()) {
        checked.deviation.wrong = "stores past the caches give other bits than stores into them: " + difference;
    }
    return checked;
}

}  // namespace axnorm::measure

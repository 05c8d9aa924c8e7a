// Whether a kernel is right, and gives the bits of another one, or of itself under other thresholds: y, and mean and
// rstd where it serves calls that ask for them.
#pragma once

#include <optional>
#include <string>

#include "problem.h"
#include "sampled_reference.h"
#include "side.h"

namespace axnorm::measure {

struct Checked {
    Deviation deviation{};
    std::string first_difference{};  // from the other kernel's bits: "y[12, 3]: 0x3f800000 against 0x3f800001"; or ""
};

// Every element is written, none around it, what is written is near the reference, and stores into the caches and past
// them, the latter without mean and rstd, give the same y. Throws Error where a kernel reports one.
Checked check(const Problem &problem, const SampledReference &reference, const Side &side, const Side *like);

// The kernel's plan. Throws Failure where it does not serve the problem.
Plan plan_of(const Problem &problem, const Kernel &kernel);

}  // namespace axnorm::measure

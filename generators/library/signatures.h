// A pattern in an order of memory -> the signatures that calls of dense tensors can have.
//
//     "b (g n) h w -> b g", params "(g n)", memory "b h w g n": krKR; with EXTENTS n=4: krKR4, and krKR for all other n
#pragma once

#include <optional>

#include "request.h"
#include "runtime/language/described_call.h"

namespace axnorm::build {

// The loops of a kernel.
struct Loops {
    std::string signature;   // with the extents that are asked of a call
    bool contiguous = true;  // as in axnorm::Kernel
    bool contiguous_params = true;

    bool operator==(const Loops &) const = default;
};

// All that calls of the pattern need: the ellipsis may be empty or not, mean and rstd asked for or not, scale and shift
// there or not, and any axis may have length 1, which leaves its letter out. With EXTENTS the more special one comes
// first. Throws std::runtime_error.
std::vector<Loops> loops_of_calls(const Pattern &pattern, const DryOptions &options, const std::vector<Extent> &extents,
                                  bool strict);

// What serves the same calls where the innermost group is short, beside these loops: with a reduced group of any length
// innermost, which is the only one, or is one with the kept group around it. None of other loops.
std::optional<Loops> loops_of_short_groups(const Loops &loops);

// The signature without the extents that it has.
std::string without_extents(const std::string &signature);

// The signature with what is worth compiling in: kept groups are what threads divide, but for a short innermost one.
std::string compiled(const std::string &signature);

}  // namespace axnorm::build

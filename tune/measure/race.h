// Two kernels, or one under two thresholds, timed against each other, in pairs, so that what disturbs the machine for a
// while disturbs both.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "side.h"
#include "timed_calls.h"

namespace axnorm::measure {

struct RaceRequest {
    double seconds = 0.6;                 // about
    std::optional<double> prune_above{};  // stops when the ratio is surely below
    std::uint64_t seed = 1;               // of the order within pairs
};

struct RaceResult {
    std::size_t pairs = 0;
    double candidate_seconds = 0, incumbent_seconds = 0;  // of a call, medians
    double ratio = 0;          // median of incumbent over candidate: above 1 the candidate is faster
    double low = 0, high = 0;  // 95 % interval of that median
    double noise = 0;          // relative median absolute deviation of the incumbent's times
    bool pruned = false;
    bool counts = false;           // seconds are millions of instructions
    std::vector<double> course{};  // of the ratios: at most 100 medians of neighbours
};

// On the stand-in for a GPU's driver, the time of which says nothing: what both execute. It is the same in every call.
RaceResult count(TimedCalls &calls, const Side &candidate, const Side &incumbent);

RaceResult race(TimedCalls &calls, const Side &candidate, const Side &incumbent, const RaceRequest &request);

}  // namespace axnorm::measure

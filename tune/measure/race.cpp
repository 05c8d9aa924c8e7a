#include "race.h"

#include <algorithm>
#include <chrono>

#include "failure.h"
#include "gpu.h"
#include "named_thresholds.h"
#include "order_statistics.h"
#include "reference/tensors.h"

namespace axnorm::measure {
namespace {

constexpr double least_sample = 50e-6, warm_up = 20e-3;  // seconds
constexpr std::size_t least_pairs = 10, most_of_course = 100;

// Of the interval by which a race is stopped: it is looked at whenever the pairs have doubled, about ten times in a
// race, and every look may be wrong.
constexpr double sure = 0.998;

class Stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Seconds of a call.
double sample(TimedCalls &calls, const Side &side, int count) {
    const UsedThresholds used(*side.thresholds);
    calls.settle(side.plan);
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) {
        calls.run(side.plan);
    }
    calls.finish();
    return watch.seconds() / count;
}

// How many calls a sample has. Meanwhile the cores wake up, and the code of both kernels comes into the caches.
int warmed_up(TimedCalls &calls, const Side &candidate, const Side &incumbent) {
    const Stopwatch watch;
    int count = 1;
    do {
        const double shorter = std::min(sample(calls, candidate, count), sample(calls, incumbent, count)) * count;
        count *= shorter < least_sample ? 2 : 1;
    } while (watch.seconds() < warm_up);
    return count;
}

bool is_surely_below(const std::vector<double> &ratios, const std::optional<double> &bound) {
    return bound && median_interval(ratios, sure).high < *bound;
}

}  // namespace

RaceResult count(TimedCalls &calls, const Side &candidate, const Side &incumbent) {
    const auto instructions = [&](const Side &side) {
        const std::uint64_t before = counted().launches;
        calls.run(side.plan);
        calls.finish();
        const Counted after = counted();
        if (after.launches != before + 1) {
            throw Failure("machine", "a call of several launches cannot be counted by the stand-in driver");
        }
        return static_cast<double>(after.instructions);
    };
    RaceResult result;
    result.pairs = 1;
    result.candidate_seconds = instructions(candidate) * 1e-6;
    result.incumbent_seconds = instructions(incumbent) * 1e-6;
    result.ratio = result.low = result.high = result.incumbent_seconds / result.candidate_seconds;
    result.course = {result.ratio};
    result.counts = true;
    return result;
}

RaceResult race(TimedCalls &calls, const Side &candidate, const Side &incumbent, const RaceRequest &request) {
    test::Random random(request.seed);
    const int count = warmed_up(calls, candidate, incumbent);
    RaceResult result;
    std::vector<double> candidate_times, incumbent_times, ratios;
    const Stopwatch watch;
    for (std::size_t next_look = least_pairs;
         !result.pruned && (ratios.size() < least_pairs || watch.seconds() < request.seconds);) {
        const bool is_first = random.chance(0.5);
        double candidate_time = is_first ? sample(calls, candidate, count) : 0;
        const double incumbent_time = sample(calls, incumbent, count);
        candidate_time = is_first ? candidate_time : sample(calls, candidate, count);
        candidate_times.push_back(candidate_time);
        incumbent_times.push_back(incumbent_time);
        ratios.push_back(incumbent_time / candidate_time);
        if (ratios.size() == next_look) {
            result.pruned = is_surely_below(ratios, request.prune_above);
            next_look *= 2;
        }
    }
    const auto [low, high] = median_interval(ratios, 0.95);
    result.pairs = ratios.size();
    result.candidate_seconds = median(candidate_times);
    result.incumbent_seconds = median(incumbent_times);
    result.ratio = median(ratios);
    result.low = low;
    result.high = high;
    result.course = course(ratios, most_of_course);
    result.noise = relative_deviation(incumbent_times);
    return result;
}

}  // namespace axnorm::measure

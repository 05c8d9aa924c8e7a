#include "way.h"

#include <vector>

#include "named_thresholds.h"

namespace axnorm::measure {
namespace {

// Runs tasks one after the other, and counts them.
struct CountingPool : ThreadPool {
    std::vector<int> counts{};

    void run(int count, void (*task)(void *context, int index), void *context) override {
        counts.push_back(count);
        for (int i = 0; i < count; ++i) {
            task(context, i);
        }
    }
};

const char *text_of(Divided divided) {
    switch (divided) {
        case Divided::by_groups: return "by groups";
        case Divided::into_parts: return "into parts";
        case Divided::not_at_all: break;
    }
    return "not at all";
}

}  // namespace

Json way_in_words(const Problem &problem, const Side &side) {
    const UsedThresholds used(*side.thresholds);
    const Way way = problem.way(side.plan);
    CountingPool pool;
    problem.run(side.plan, problem.operands(), Stores::automatic, &pool);
    return {{"threads", way.threads}, {"stream", way.stream}, {"divided", text_of(way.divided)},
            {"group", way.group},     {"grain", way.grain},   {"tasks", pool.counts}};
}

}  // namespace axnorm::measure

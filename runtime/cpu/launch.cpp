#include "launch.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <span>
#include <string>

#include "arguments.h"
#include "float_environment.h"
#include "gathered.h"
#include "parts.h"
#include "runtime/cpu/params/aligned_params.h"
#include "runtime/halide/errors.h"
#include "runtime/language/refusal.h"
#include "runtime/system/scratch_memory.h"
#include "runtime/tuning/thresholds.h"
#include "streaming.h"
#include "tasks.h"

namespace axnorm {

using detail::at;

namespace {

// How many times as fast `threads` threads are, of which each takes an equal share of `units` at most.
double speed(std::int64_t units, int threads) {
    const std::int64_t most = (units + threads - 1) / threads;
    return static_cast<double>(units) / static_cast<double>(most);
}

// How a plan is divided between threads: kept group `group`, in multiples of `grain`.
struct Division {
    int group = 0;
    std::int64_t grain = 1;
    double speed = 1;
};

// The outermost group that is long enough, or the longest.
Division divide(const Slice &whole, int threads) {
    Division best;
    // In the order of memory, which is not that of the plan where a group without a letter lies further in.
    for (int group = 0; group < whole.layout.count; ++group) {
        const auto kept = std::span(whole.plan.kept).first(static_cast<std::size_t>(whole.plan.kept_count));
        const auto found = std::ranges::find(kept, group);
        if (found == kept.end()) {
            continue;
        }
        const int i = static_cast<int>(found - kept.begin());
        const bool is_row = i == 0 && whole.plan.kernel->letters.kept_innermost;
        const std::int64_t grain = is_row ? thresholds().row_groups : 1;
        const double expected =
            speed((at(whole.kept, i) + grain - 1) / grain, threads) * (is_row ? thresholds().speed_of_rows : 1);
        if (expected > best.speed) {
            best = {i, grain, expected};
        }
    }
    return best;
}

int run_whole(const Slice &whole, const Operands &operands, const Options &options) {
    const int error = run(whole, operands, options.eps);
    finish_stores(whole);
    return error;
}

int run_divided(const Slice &whole, const Way &way, const Operands &operands, const Options &options) {
    const int tasks = way.grain > 1 ? way.threads : tasks_for(whole.layout.elements, way.threads);
    const auto task = [&](std::int64_t begin, std::int64_t end) {
        Slice part = whole;
        part.narrow(way.group, begin, end);
        return run_whole(part, operands, options);
    };
    return run_tasks(options.parallel.pool, way.threads, at(whole.kept, way.group), way.grain, tasks, task);
}

void divide_between_threads(const Slice &whole, Way &way) {
    const Division division = divide(whole, way.threads);
    way.group = division.group;
    way.grain = division.grain;
    if (speed(Parts(whole).count(), way.threads) * thresholds().speed_of_parts > division.speed) {
        way.divided = Divided::into_parts;
    } else if (division.speed > 1) {
        way.divided = Divided::by_groups;
    }
}

int threads_for(std::int64_t elements, const Options &options) {
    return elements < thresholds().threaded_elements ? 1 : threads_of(options.parallel);
}

void check_error(int error, const Kernel &kernel) {
    if (error == halide_error_code_out_of_memory) {
        throw OutOfScratchMemory();
    }
    if (error != 0) {
        throw Error("kernel " + std::string(kernel.name) + " failed with Halide error " + std::to_string(error) + ": " +
                        halide_message(),
                    ErrorCode::kernel);
    }
}

}  // namespace

Way way_of(const Slice &whole, const Operands &operands, const Options &options) {
    const std::int64_t elements = whole.layout.elements;
    Way way;
    way.threads = threads_for(elements, options);
    way.stream = is_streamed(operands, options.stores, whole.plan.kernel->stores, elements, way.threads);
    if (way.threads > 1) {
        divide_between_threads(whole, way);
    }
    return way;
}

void launch(Slice whole, const Operands &operands, const Options &options) {
    const FloatEnvironment environment;
    const Way way = way_of(whole, operands, options);
    whole.stream = way.stream;
    const AlignedParams params(whole, operands);
    const int error = way.divided == Divided::into_parts
                          ? run_in_parts(whole, Parts(whole), params.operands(), options, way.threads)
                      : way.divided == Divided::by_groups ? run_divided(whole, way, params.operands(), options)
                                                          : run_whole(whole, params.operands(), options);
    check_error(error, *whole.plan.kernel);
}

void launch_gathered(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options) {
    check_error(run_gathered(layout, plan, operands, options, threads_for(layout.elements, options)), *plan.kernel);
}

}  // namespace axnorm

#include "launch.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "halide_hooks.h"
#include "refusal.h"
#include "slice.h"

namespace axnorm {
namespace {

// Calls below this many elements stay on the calling thread: handing work to others takes about 5 us, the time in which
// one thread normalizes as many elements.
constexpr std::int64_t serial_elements = 32768;

// Statistic groups that lie in one vector or cache line are not divided between threads.
constexpr std::int64_t line = 32;

// How a plan is divided between threads: kept group `group`, in `count` parts of `step` indices.
struct Division {
    int group = 0;
    int count = 1;
    std::int64_t step = 0;
};

Division divide(const Plan &plan, int threads) {
    Division best;
    for (int i = plan.kept_count - 1; i >= 0; --i) {  // the outermost group that is long enough, or the longest
        const std::int64_t extent = plan.kept[static_cast<std::size_t>(i)].extent;
        const std::int64_t grain = i == 0 && plan.kernel->letters.kept_innermost ? line : 1;
        const std::int64_t units = (extent + grain - 1) / grain;
        const std::int64_t step = (units + threads - 1) / threads * grain;
        const auto count = static_cast<int>((extent + step - 1) / step);
        if (count > best.count) {
            best = {i, count, step};
        }
    }
    return best;
}

}  // namespace

void check_reach(const Pattern &pattern, const Plan &plan) {
    Slice one{plan, {}};
    for (Group &group : one.plan.kept) {
        group.extent = 1;
    }
    if (fits(one)) {
        return;
    }
    const Group *largest = &plan.reduced[0];
    for (const Group &group : plan.reduced) {
        largest = group.extent * group.strides[role_y] > largest->extent * largest->strides[role_y] ? &group : largest;
    }
    throw Refusal{"a statistic group reaches over more than 2^31 elements, along reduced " + quoted(pattern, *largest) +
                  " of extent " + std::to_string(largest->extent)};
}

void launch(const Plan &plan, const Operands &operands, const Options &options, std::int64_t elements) {
    const Slice whole{plan, {}};
    const int threads = elements < serial_elements ? 1 : options.parallel.threads > 0 ? options.parallel.threads : num_threads();
    const Division division = threads > 1 ? divide(plan, threads) : Division{};
    int error = 0;
    if (division.count == 1) {
        error = run(whole, operands, options.eps);
    } else {
        struct Context {
            const Slice &whole;
            const Operands &operands;
            const Options &options;
            const Division &division;
            std::atomic<int> error = 0;
        } context{whole, operands, options, division};
        const auto task = [](void *data, int index) {
            auto &c = *static_cast<Context *>(data);
            const std::int64_t begin = index * c.division.step;
            const std::int64_t extent = c.whole.plan.kept[static_cast<std::size_t>(c.division.group)].extent;
            const Slice part = c.whole.part(c.division.group, begin, std::min(begin + c.division.step, extent));
            if (const int code = run(part, c.operands, c.options.eps); code != 0) {
                c.error = code;
            }
        };
        parallel_for(options.parallel.pool, division.count, task, &context);
        error = context.error;
    }
    if (error != 0) {
        throw Error("kernel " + std::string(plan.kernel->name) + " failed with Halide error " + std::to_string(error) + ": " +
                    halide_message());
    }
}

}  // namespace axnorm

#include "launch.h"

#include <algorithm>
#include <atomic>
#include <string>

#include "halide_hooks.h"
#include "refusal.h"
#include "streaming.h"

namespace axnorm {

using detail::at;

namespace {

// Calls below this many elements stay on the calling thread: others are not awake before it is done. Layer norm of
// 64x1024 took 8.4 us with one thread and 8.6 with two, of 128x1024 17.0 and 9.7.
constexpr std::int64_t serial_elements = 65536;

// Statistic groups that lie side by side in memory are divided between threads in parts of this length: of shorter ones
// each thread walks over memory in steps. With two threads against one, batch norm NHWC of 1000x64 in parts of 32 was
// at 0.8 of the speed, of 100352x64 at 0.7; of 1000x256 in parts of 128 at 1.3, of 196x512 in parts of 256 at 1.35.
constexpr std::int64_t row = 128;
static_assert(row >= Letters::max_constant_kept);

// How a plan is divided between threads: kept group `group`, in `count` parts of `step` indices.
struct Division {
    int group = 0;
    int count = 1;
    std::int64_t step = 0;
};

Division divide(const Slice &whole, int threads) {
    Division best;
    for (int i = whole.plan.kept_count - 1; i >= 0; --i) {  // the outermost group that is long enough, or the longest
        const std::int64_t extent = at(whole.kept, i);
        const std::int64_t grain = i == 0 && whole.plan.kernel->letters.kept_innermost ? row : 1;
        const std::int64_t units = (extent + grain - 1) / grain;
        const std::int64_t step = (units + threads - 1) / threads * grain;
        const auto count = static_cast<int>((extent + step - 1) / step);
        if (count > best.count) {
            best = {i, count, step};
        }
    }
    return best;
}

int run_and_finish(const Slice &slice, const Operands &operands, double eps) {
    const int error = run(slice, operands, eps);
    if (slice.stream) {
        finish_streaming();
    }
    return error;
}

}  // namespace

void check_reach(const Pattern &pattern, const Slice &whole) {
    if (fits(whole)) {
        return;
    }
    Slice one = whole;
    for (int i = whole.plan.kernel->letters.kept_extent_is_constant(0) ? 1 : 0; i < max_axes; ++i) {
        at(one.kept, i) = 1;
    }
    if (fits(one)) {
        return;
    }
    const Group *largest = &whole.group(whole.plan.reduced[0]);
    for (const std::int8_t index : whole.plan.reduced) {
        const Group &group = whole.group(index);
        largest = (group.extent - 1) * group.strides[role_y] > (largest->extent - 1) * largest->strides[role_y]
                      ? &group
                      : largest;
    }
    throw Refusal{"a statistic group reaches over more than 2^31 elements, along reduced " + quoted(pattern, *largest) +
                      " of extent " + std::to_string(largest->extent),
                  ErrorCode::unsupported};
}

void launch(const Slice &whole, const Operands &operands, const Options &options, std::int64_t elements) {
    const int threads = elements < serial_elements     ? 1
                        : options.parallel.threads > 0 ? options.parallel.threads
                                                       : num_threads();
    const Division division = threads > 1 ? divide(whole, threads) : Division{};
    int error = 0;
    if (division.count == 1) {
        error = run_and_finish(whole, operands, options.eps);
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
            const std::int64_t extent = at(c.whole.kept, c.division.group);
            Slice part = c.whole;
            part.narrow(c.division.group, begin, std::min(begin + c.division.step, extent));
            if (const int code = run_and_finish(part, c.operands, c.options.eps); code != 0) {
                c.error = code;
            }
        };
        parallel_for(options.parallel.pool, division.count, task, &context);
        error = context.error;
    }
    if (error != 0) {
        throw Error("kernel " + std::string(whole.plan.kernel->name) + " failed with Halide error " +
                        std::to_string(error) + ": " + halide_message(),
                    ErrorCode::kernel);
    }
}

}  // namespace axnorm

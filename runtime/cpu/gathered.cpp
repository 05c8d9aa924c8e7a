#include "gathered.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <limits>
#include <new>
#include <span>
#include <vector>

#include "copied_tile.h"
#include "runtime/tuning/thresholds.h"
#include "tasks.h"

namespace axnorm {

using detail::at;

namespace {

struct Run {
    const GatheredCall &call;
    ThreadPool *pool;

    // Calls run(tile, some of the parts) for all of them. Each thread has a tile.
    template <class F>
    int for_each_tile(Range parts, int threads, const F &run) const {
        const auto task = [&](std::int64_t begin, std::int64_t end) -> int {
            try {
                CopiedTile tile(call);
                int error = 0;
                for (std::int64_t at = begin; at < end && error == 0; at += call.parts_at_once) {
                    error = run(tile, Range{parts.begin + at, parts.begin + std::min(at + call.parts_at_once, end)});
                }
                return error;
            } catch (const std::bad_alloc &) {
                return halide_error_code_out_of_memory;
            }
        };
        const int tasks = threads == 1 ? 1 : most_tasks(threads);
        return run_tasks(pool, threads, parts.count(), call.parts_at_once, tasks, task);
    }

    // As many parts at a time as there is room for: threads sum them up in any order, and they are merged in their own.
    int sum_up(Range groups, int threads, double *moments) const {
        const Statistic statistic = call.operands.statistic;
        const std::int64_t of_part = numbers_summed(statistic) * groups.count(), all = call.parts.count();
        const std::int64_t tiles = std::max<std::int64_t>(limits.gathered_sums / (of_part * call.parts_at_once), 1);
        const std::int64_t step = std::min(tiles * call.parts_at_once, all);
        const ScratchMemory memory(static_cast<std::size_t>(step * of_part) * sizeof(double));
        auto *const sums = static_cast<double *>(memory.data());
        for (std::int64_t begin = 0; begin < all; begin += step) {
            const Range parts{begin, std::min(begin + step, all)};
            const int error = for_each_tile(parts, threads, [&](CopiedTile &tile, Range some) {
                return tile.sum_up(groups, some, sums + (some.begin - begin) * of_part);
            });
            if (error != 0) {
                return error;
            }
            for (std::int64_t part = parts.begin; part < parts.end; ++part) {
                merge_part(statistic, groups.count(), sums + (part - begin) * of_part,
                           static_cast<double>(call.parts.elements(part)), part == 0, moments);
            }
        }
        return 0;
    }

    // The outputs mean and rstd.
    void store(Range groups, const char *statistics) const {
        const std::int64_t size = size_of(call.computed()), count = groups.count();
        const ScratchMemory memory(static_cast<std::size_t>(count) * sizeof(std::int64_t));
        auto *const offsets = static_cast<std::int64_t *>(memory.data());
        constexpr ElementRun one{0, 1, 0};
        for (const Role role : {role_mean, role_rstd}) {
            if (call.operands[role].present()) {
                write_offsets(at(call.kept, role), groups.begin, groups.end, 0, offsets);
                scatter({{offsets, static_cast<std::size_t>(count)}, {&one, 1}}, size,
                        const_cast<void *>(call.operands[role].data()),
                        statistics + (role == role_mean ? 0 : 2 * count * size), 1);
            }
        }
    }

    int normalize(Range groups, int threads, const void *statistics, std::span<const ExtremeGroup> extreme) const {
        return for_each_tile({0, call.parts.count()}, threads, [&](CopiedTile &tile, Range parts) {
            return tile.normalize(groups, parts, statistics, extreme);
        });
    }

    // Of those that are extreme the statistics are found again, in a wide type.
    template <class T>
    std::vector<ExtremeGroup> find_again(Range groups, const std::vector<std::int64_t> &numbers, T *statistics) const {
        std::vector<ExtremeGroup> extreme;
        for (const std::int64_t number : numbers) {
            CopiedTile tile(call);
            WideStatistics wide;
            const auto each = [&](const auto &f) { tile.each_part(groups.begin + number, f); };
            if (find_statistics(each, call.operands, call.eps, wide)) {
                extreme.push_back({number, wide});
                statistics[number] = static_cast<T>(wide.mean);
                statistics[2 * groups.count() + number] = static_cast<T>(wide.rstd);
            }
        }
        return extreme;
    }

    // With those of `sums`. For kernels to find a group extreme its rstd is NaN.
    template <class T>
    int finish(Range groups, int threads, const double *moments, T *statistics) const {
        const std::vector<ExtremeGroup> extreme =
            find_again(groups,
                       finish_merging(call.operands.statistic, groups.count(), moments, call.elements(), call.eps,
                                      call.computed(), statistics),
                       statistics);
        store(groups, reinterpret_cast<const char *>(statistics));
        for (const ExtremeGroup &group : extreme) {
            statistics[2 * groups.count() + group.group] = std::numeric_limits<T>::quiet_NaN();
        }
        return normalize(groups, threads, statistics, extreme);
    }

    int run(Range groups, int threads) const {
        const Statistic statistic = call.operands.statistic;
        if (statistic == Statistic::given) {
            return normalize(groups, threads, nullptr, {});
        }
        const auto numbers = static_cast<std::size_t>(numbers_summed(statistic) * groups.count());
        const ScratchMemory sums(numbers * sizeof(double));
        const ScratchMemory statistics(static_cast<std::size_t>(3 * groups.count()) * sizeof(double));
        auto *const moments = static_cast<double *>(sums.data());
        std::fill_n(moments, numbers, 0);
        if (const int error = sum_up(groups, threads, moments); error != 0) {
            return error;
        }
        return call.computed() == DType::float64
                   ? finish(groups, threads, moments, static_cast<double *>(statistics.data()))
                   : finish(groups, threads, moments, static_cast<float *>(statistics.data()));
    }
};

}  // namespace

// Threads have groups of their own where there are enough of them, else they share the parts of the same ones.
int run_gathered(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options,
                 int threads) {
    const GatheredCall call(layout, plan, operands, options.eps);
    const Run run{call, options.parallel.pool};
    const bool have_their_own = ceil_div(call.groups, call.groups_at_once) >= threads;
    const auto task = [&](std::int64_t begin, std::int64_t end) -> int {
        try {
            int error = 0;
            for (std::int64_t at = begin; at < end && error == 0; at += call.groups_at_once) {
                error = run.run({at, std::min(at + call.groups_at_once, end)}, have_their_own ? 1 : threads);
            }
            return error;
        } catch (const std::bad_alloc &) {
            return halide_error_code_out_of_memory;
        }
    };
    const int tasks = have_their_own && threads > 1 ? most_tasks(threads) : 1;
    return run_tasks(options.parallel.pool, threads, call.groups, call.groups_at_once, tasks, task);
}

}  // namespace axnorm

#include "parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "arguments.h"
#include "extreme_groups.h"
#include "runtime/planning/safe_range.h"
#include "runtime/planning/summation_tree.h"
#include "runtime/system/scratch_memory.h"
#include "runtime/tuning/thresholds.h"
#include "tasks.h"

namespace axnorm {

using detail::at;

namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

// Of some elements of a statistic group: sums of their differences from an origin, and of the squares of these. That is
// what the kernels of mean_var sum up; those of rms sum squares.
struct Moments {
    double origin = 0, differences = 0, squares = 0;

    // With those of `count` more elements, as merged() in generators/cpu/algorithm.cpp.
    void merge(const Moments &more, double count) {
        const double shift = more.origin - origin;
        differences += more.differences + count * shift;
        squares += more.squares + shift * (2 * more.differences + count * shift);
    }
};

// As kernels have them: T is float, or double.
template <class T>
struct Statistics {
    T mean, rest, rstd;

    // As in Algorithm::define_mean_var().
    Statistics(const Moments &moments, double count, double eps) {
        const double average = moments.differences / count;
        const double sum = moments.origin + average;
        mean = static_cast<T>(sum);
        double lost = sum - static_cast<double>(mean);
        if constexpr (std::is_same_v<T, double>) {
            const double added = mean - moments.origin;
            lost = (moments.origin - (mean - added)) + (average - added);
        }
        const double difference = moments.squares / count - average * average;
        const double inverse = 1 / std::sqrt((difference < 0 ? 0 : difference) + eps);
        rest = static_cast<T>(lost * -inverse);
        rstd = static_cast<T>(inverse);
    }

    // Of squares alone.
    Statistics(double squares, double count, double eps)
        : mean(0), rest(0), rstd(static_cast<T>(1 / std::sqrt(squares / count + eps))) {}
};

// Of all groups of a call: what kernels summed up, and what comes of it.
struct Shared {
    const Slice &whole;
    const Parts &parts;
    const Operands &operands;
    const Options &options;
    std::int64_t groups = 0, numbers = 0;  // numbers of a group in each part
    double *sums = nullptr;                // by part, number and group
    void *statistics = nullptr;            // mean, rest and rstd, by group; nullptr where the caller gives them
    std::vector<ExtremeGroup> *extreme = nullptr;

    double elements() const {
        double count = 1;
        for (const std::int64_t extent : whole.reduced) {
            count *= static_cast<double>(extent);
        }
        return count;
    }

    double sum(std::int64_t part, std::int64_t number, std::int64_t group) const {
        return sums[(part * numbers + number) * groups + group];
    }

    template <class T>
    Statistics<T> merge(std::int64_t group) const {
        Moments all{.origin = numbers == 3 ? sum(0, 0, group) : 0};
        for (std::int64_t part = 0; part < parts.count(); ++part) {
            if (numbers == 3) {
                all.merge({sum(part, 0, group), sum(part, 1, group), sum(part, 2, group)},
                          static_cast<double>(parts.elements(part)));
            } else {
                all.squares += sum(part, 0, group);
            }
        }
        return numbers == 3 ? Statistics<T>(all, elements(), options.eps)
                            : Statistics<T>(all.squares, elements(), options.eps);
    }

    // Merges the groups, in memory that kernels read, and writes the outputs mean and rstd.
    template <class T>
    void merge_all() const {
        for (std::int64_t group = 0; group < groups; ++group) {
            Statistics<T> merged = merge<T>(group);
            const KeptIndices kept = indices_of(group);
            WideStatistics wide{merged.mean, 0, merged.rstd};
            if (is_extreme(merged) &&
                find_statistics(whole, operands, elements_of(whole, operands, kept), options.eps, wide)) {
                extreme->push_back({group, wide});
                merged.rstd = std::numeric_limits<T>::quiet_NaN();  // for kernels to find it extreme, too
            }
            T *to = static_cast<T *>(statistics) + group;
            to[0] = merged.mean;
            to[groups] = merged.rest;
            to[2 * groups] = merged.rstd;
            write_statistics(whole, operands, kept, wide);
        }
    }

    KeptIndices indices_of(std::int64_t group) const {
        KeptIndices kept{};
        for (int i = 0; i < whole.plan.kept_count; ++i) {
            at(kept, i) = group % at(whole.kept, i);
            group /= at(whole.kept, i);
        }
        return kept;
    }

    // What a kernel finds that has all of the group.
    template <class T>
    bool is_extreme(const Statistics<T> &merged) const {
        const SafeRange &range = std::is_same_v<T, double> ? safe_doubles : safe_floats;
        return !range.has(merged.mean, merged.rstd, options.eps);
    }

    int sum_up(int threads) const {
        const auto task = [&](std::int64_t begin, std::int64_t end) {
            int error = 0;
            for (std::int64_t i = begin; i < end && error == 0; ++i) {
                Slice part = whole;
                parts.narrow(part, i);
                part.sums = sums + i * numbers * groups;
                error = run(part, operands, options.eps);
            }
            return error;
        };
        return run_tasks(options.parallel.pool, threads, parts.count(), 1, most_tasks(threads), task);
    }

    // The longest loop whose extent is not compiled in.
    int longest_loop() const {
        const Letters &letters = whole.plan.kernel->letters;
        int longest = 0;
        for (int i = 0; i < letters.reduced_count; ++i) {
            const bool is_longer = at(whole.reduced, i) > at(whole.reduced, longest);
            if (letters.reduced_extents[i] == 0 && (is_longer || letters.reduced_extents[longest] != 0)) {
                longest = i;
            }
        }
        return longest;
    }

    // Elements do not depend on each other any more, so a loop is cut anywhere, at whole vectors.
    int normalize(int threads) const {
        const int longest = longest_loop();
        const std::int64_t grain = longest == 0 ? tree.lanes : 1;
        const auto task = [&](std::int64_t begin, std::int64_t end) {
            Slice part = whole;
            part.narrow_reduced(longest, begin, end);
            if (statistics != nullptr) {
                const std::int64_t bytes = groups * size_of(statistics_dtype(operands[role_x].dtype()));
                const auto *first = static_cast<const char *>(statistics);
                part.statistics = {first, first + bytes, first + 2 * bytes};
                part.extreme = extreme;
            }
            const int error = run(part, operands, options.eps);
            finish_stores(part);
            return error;
        };
        return run_tasks(options.parallel.pool, threads, at(whole.reduced, longest), grain,
                         tasks_for(whole.layout.elements, threads), task);
    }
};

}  // namespace

// Algorithm::set_tree() says the same.
Parts::Parts(const Slice &whole) : extent_(whole.reduced) {
    constexpr int lanes = tree.lanes, steps = tree.steps, part_blocks = tree.part_blocks;
    const std::int64_t all_steps = ceil_div(extent_[0], lanes);
    const std::int64_t inner_steps = ceil_div(all_steps, ceil_div(all_steps, steps));
    const std::int64_t rows = std::max<std::int64_t>(steps / all_steps, 1);
    length_ = {part_blocks * inner_steps * lanes,
               rows * std::max<std::int64_t>(part_blocks * steps / (rows * all_steps), 1), 1, 1};
    const Letters &letters = whole.plan.kernel->letters;
    bool possible = letters.most == 0 && !whole.plan.is_looped();
    for (std::size_t i = 0; i < extent_.size(); ++i) {
        counts_[i] = ceil_div(extent_[i], length_[i]);
        count_ *= counts_[i];
        possible = possible && (counts_[i] == 1 || letters.reduced_extents[i] == 0);
    }
    // A part has no more than a single group, so it fits where that does.
    if (!possible || !fits(whole)) {
        counts_.fill(1);
        length_ = extent_;
        count_ = 1;
    }
}

void Parts::narrow(Slice &slice, std::int64_t index) const {
    for (std::size_t i = 0; i < extent_.size(); ++i) {
        const std::int64_t begin = index % counts_[i] * length_[i];
        slice.narrow_reduced(static_cast<int>(i), begin, std::min(begin + length_[i], extent_[i]));
        index /= counts_[i];
    }
}

std::int64_t Parts::elements(std::int64_t index) const {
    std::int64_t count = 1;
    for (std::size_t i = 0; i < extent_.size(); ++i) {
        count *= std::min(length_[i], extent_[i] - index % counts_[i] * length_[i]);
        index /= counts_[i];
    }
    return count;
}

int run_in_parts(const Slice &whole, const Parts &parts, const Operands &operands, const Options &options,
                 int threads) {
    std::int64_t groups = 1;
    for (int i = 0; i < whole.plan.kept_count; ++i) {
        groups *= at(whole.kept, i);
    }
    if (operands.statistic == Statistic::given) {
        return Shared{whole, parts, operands, options}.normalize(threads);
    }
    const std::int64_t numbers = numbers_summed(operands.statistic);
    const ScratchMemory memory(static_cast<std::size_t>((parts.count() * numbers + 3) * groups) * sizeof(double));
    auto *sums = static_cast<double *>(memory.data());
    std::vector<ExtremeGroup> extreme;
    const Shared shared{
        whole, parts, operands, options, groups, numbers, sums, sums + parts.count() * numbers * groups, &extreme};
    if (const int error = shared.sum_up(threads); error != 0) {
        return error;
    }
    if (operands[role_x].dtype() == DType::float64) {
        shared.merge_all<double>();
    } else {
        shared.merge_all<float>();
    }
    return shared.normalize(threads);
}

}  // namespace axnorm

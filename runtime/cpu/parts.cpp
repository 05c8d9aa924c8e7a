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

std::int64_t count_groups(const Slice &slice) {
    std::int64_t groups = 1;
    for (int i = 0; i < slice.plan.kept_count; ++i) {
        groups *= at(slice.kept, i);
    }
    return groups;
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

// What a kernel finds that has all of the group.
template <class T>
bool is_extreme(const Statistics<T> &merged, double eps) {
    const SafeRange &range = std::is_same_v<T, double> ? safe_doubles : safe_floats;
    return !range.has(merged.mean, merged.rstd, eps);
}

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
            const auto all = [&](const auto &f) { f(whole, elements_of(whole, operands, kept)); };
            if (is_extreme(merged, options.eps) && find_statistics(all, operands, options.eps, wide)) {
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

Parts::Parts(const ReducedExtents &extents) : extent_(extents), length_(part_lengths(extents)) {
    for (std::size_t i = 0; i < extent_.size(); ++i) {
        counts_[i] = ceil_div(extent_[i], length_[i]);
        count_ *= counts_[i];
    }
}

Parts::Parts(const Slice &whole) : Parts(whole.reduced) {
    const Letters &letters = whole.plan.kernel->letters;
    bool possible = letters.most == 0 && !whole.plan.is_looped();
    for (std::size_t i = 0; i < extent_.size(); ++i) {
        possible = possible && (counts_[i] == 1 || letters.reduced_extents[i] == 0);
    }
    // A part has no more than a single group, so it fits where that does. What is summed up has to fit as well, which
    // it does if y has an element of its own for each of x.
    const std::int64_t groups = count_groups(whole);
    constexpr int most_numbers = numbers_summed(Statistic::mean_var);
    if (!possible || !fits(whole) || groups > Letters::max_extent / most_numbers) {
        counts_.fill(1);
        length_ = extent_;
        count_ = 1;
    }
}

Range Parts::range(std::int64_t index, int i) const {
    for (int inner = 0; inner < i; ++inner) {
        index /= at(counts_, inner);
    }
    const std::int64_t begin = index % at(counts_, i) * at(length_, i);
    return {begin, std::min(begin + at(length_, i), at(extent_, i))};
}

void Parts::narrow(Slice &slice, std::int64_t index) const {
    for (int i = 0; i < Letters::max_groups; ++i) {
        const Range part = range(index, i);
        slice.narrow_reduced(i, part.begin, part.end);
    }
}

std::int64_t Parts::elements(std::int64_t index) const {
    std::int64_t count = 1;
    for (int i = 0; i < Letters::max_groups; ++i) {
        count *= range(index, i).count();
    }
    return count;
}

int run_in_parts(const Slice &whole, const Parts &parts, const Operands &operands, const Options &options,
                 int threads) {
    const std::int64_t groups = count_groups(whole);
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

void merge_part(Statistic statistic, std::int64_t groups, const double *sums, double elements, bool is_first,
                double *moments) {
    for (std::int64_t group = 0; group < groups; ++group) {
        double *const all = moments + group;
        const double *const part = sums + group;
        if (numbers_summed(statistic) == 1) {
            all[0] += part[0];
            continue;
        }
        Moments merged{is_first ? part[0] : all[0], all[groups], all[2 * groups]};
        merged.merge({part[0], part[groups], part[2 * groups]}, elements);
        all[0] = merged.origin;
        all[groups] = merged.differences;
        all[2 * groups] = merged.squares;
    }
}

namespace {

template <class T>
void finish_as(Statistic statistic, std::int64_t groups, const double *moments, double elements, double eps, T *to,
               std::vector<std::int64_t> &extreme) {
    for (std::int64_t group = 0; group < groups; ++group) {
        const double *const all = moments + group;
        const Statistics<T> merged = numbers_summed(statistic) == 1
                                         ? Statistics<T>(all[0], elements, eps)
                                         : Statistics<T>({all[0], all[groups], all[2 * groups]}, elements, eps);
        to[group] = merged.mean;
        to[groups + group] = merged.rest;
        to[2 * groups + group] = merged.rstd;
        if (is_extreme(merged, eps)) {
            extreme.push_back(group);
        }
    }
}

}  // namespace

std::vector<std::int64_t> finish_merging(Statistic statistic, std::int64_t groups, const double *moments,
                                         double elements, double eps, DType dtype, void *statistics) {
    std::vector<std::int64_t> extreme;
    if (dtype == DType::float64) {
        finish_as(statistic, groups, moments, elements, eps, static_cast<double *>(statistics), extreme);
    } else {
        finish_as(statistic, groups, moments, elements, eps, static_cast<float *>(statistics), extreme);
    }
    return extreme;
}

}  // namespace axnorm

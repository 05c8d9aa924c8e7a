#include "slice.h"

#include <algorithm>
#include <string>

#include "runtime/language/refusal.h"

namespace axnorm {

using detail::at;

namespace {

constexpr std::int64_t max_reach = Letters::max_extent;

// Blocks of a GPU have 2^31 - 1 indices of the first kind, but 65535 of others (the CUDA programming guide's table of
// compute capabilities). The first kind is that of the innermost kept group, or of the parts that groups are split
// into.
constexpr std::int64_t most_blocks = 65535;

bool has_too_many_blocks(const Slice &slice, int i) {
    const Kernel &kernel = *slice.plan.kernel;
    return kernel.device != Device::cpu && (i > 0 || kernel.split) && at(slice.kept, i) > most_blocks;
}

// The kept group of a letter that is cut: one of too many blocks, or that which reaches furthest, of those that may be.
int group_to_cut(const Slice &slice) {
    const Letters &letters = slice.plan.kernel->letters;
    const auto reach = [&](int i) {
        const auto &strides = slice.group(at(slice.plan.kept, i)).strides;
        const std::int64_t extent = at(slice.kept, i);
        return extent <= grain_of(slice.plan, i) ? 0 : (extent - 1) * *std::max_element(strides.begin(), strides.end());
    };
    const int first = letters.kept_extent_is_constant(0) ? 1 : 0;
    int furthest = first;
    for (int i = first; i < letters.kept_count; ++i) {
        if (has_too_many_blocks(slice, i)) {
            return i;
        }
        furthest = reach(i) > reach(furthest) ? i : furthest;
    }
    return furthest;
}

}  // namespace

Slice::Slice(const Plan &of, const Layout &all) : layout(all), plan(of) {
    for (std::size_t i = 0; i < reduced.size(); ++i) {
        reduced[i] = group(plan.reduced[i]).extent;
    }
    for (int i = 0; i < plan.kept_count; ++i) {
        at(kept, i) = group(at(plan.kept, i)).extent;
    }
}

const Group &Slice::group(std::int8_t index) const {
    static constexpr Group unit{};
    return index < 0 ? unit : at(layout.groups, index);
}

void Slice::narrow(int i, std::int64_t begin, std::int64_t end) {
    const Group &narrowed = group(at(plan.kept, i));
    for (std::size_t role = 0; role < role_count; ++role) {
        offset[role] += begin * narrowed.strides[role];
    }
    at(kept, i) = end - begin;
}

void Slice::narrow_reduced(int i, std::int64_t begin, std::int64_t end) {
    const Group &narrowed = group(at(plan.reduced, i));
    for (std::size_t role = 0; role < role_count; ++role) {
        offset[role] += begin * narrowed.strides[role];
    }
    at(reduced, i) = end - begin;
}

std::int64_t grain_of(const Plan &plan, int i) {
    const Kernel &kernel = *plan.kernel;
    return i == 0 && kernel.aligned && kernel.letters.kept_innermost ? kernel.vector_length() : 1;
}

bool fits(const Slice &slice) {
    const Letters &letters = slice.plan.kernel->letters;
    std::array<std::int64_t, role_count> reach{};
    bool extents_fit = true;
    const auto add = [&](std::int64_t extent, const Group &group, std::int64_t steps) {
        for (std::size_t role = 0; role < role_count; ++role) {
            reach[role] += steps * group.strides[role];
        }
        extents_fit = extents_fit && extent <= max_reach;
    };
    for (std::size_t i = 0; i < slice.reduced.size(); ++i) {
        add(slice.reduced[i], slice.group(slice.plan.reduced[i]), slice.reduced[i] - 1);
    }
    for (int i = 0; i < letters.kept_count; ++i) {
        // Kernels whose stages go on beyond the last group index the innermost by min(k, extent - 1), of which Halide
        // makes min(k + 1, extent) - 1: a step more has to fit.
        const std::int64_t extent = at(slice.kept, i);
        const bool goes_on = i == 0 && extent > 1 && !letters.kept_extent_is_constant(0);
        add(extent, slice.group(at(slice.plan.kept, i)), goes_on ? extent : extent - 1);
        extents_fit = extents_fit && !has_too_many_blocks(slice, i);
    }
    return extents_fit && *std::max_element(reach.begin(), reach.end()) <= max_reach;
}

int for_each_part(const Slice &slice, int (*call)(void *context, const Slice &part), void *context, int beyond) {
    const bool outside = slice.plan.kept_count > slice.plan.kernel->letters.kept_count + beyond;
    if (!outside && fits(slice)) {
        return call(context, slice);
    }
    // A group without a letter is cut into its indices, else one of the others into halves.
    const int cut = outside ? slice.plan.kept_count - 1 : group_to_cut(slice);
    const std::int64_t extent = at(slice.kept, cut);
    const std::int64_t grain = grain_of(slice.plan, cut);
    const std::int64_t step = outside ? 1 : ((extent + 1) / 2 + grain - 1) / grain * grain;
    for (std::int64_t begin = 0; begin < extent; begin += step) {
        Slice part = slice;
        part.narrow(cut, begin, std::min(begin + step, extent));
        part.plan.kept_count -= outside ? 1 : 0;
        if (const int error = for_each_part(part, call, context, beyond); error != 0) {
            return error;
        }
    }
    return 0;
}

bool one_group_fits(const Slice &whole) {
    if (fits(whole)) {
        return true;
    }
    Slice one = whole;
    for (int i = whole.plan.kernel->letters.kept_extent_is_constant(0) ? 1 : 0; i < whole.plan.kept_count; ++i) {
        at(one.kept, i) = std::min(at(one.kept, i), grain_of(whole.plan, i));
    }
    return fits(one);
}

void check_reach(const Pattern &pattern, const Slice &whole) {
    if (one_group_fits(whole)) {
        return;
    }
    const bool is_on_cpu = whole.plan.kernel->device == Device::cpu;  // where parts of a group are summed up
    const Group *largest = &whole.group(whole.plan.reduced[0]);
    for (const std::int8_t index : whole.plan.reduced) {
        const Group &group = whole.group(index);
        largest = (group.extent - 1) * group.strides[role_y] > (largest->extent - 1) * largest->strides[role_y]
                      ? &group
                      : largest;
    }
    throw Refusal{"a statistic group reaches over more than 2^31 elements, along reduced " + quoted(pattern, *largest) +
                      " of extent " + std::to_string(largest->extent),
                  ErrorCode::unsupported, is_on_cpu ? Lacks::canonical_kernel : Lacks::nothing};
}

}  // namespace axnorm

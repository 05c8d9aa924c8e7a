#include "extreme_groups.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/planning/kernel_context.h"
#include "streaming.h"

namespace axnorm {

using detail::at;

// Called by kernels, which know no exceptions: memory is asked for without any.
struct ExtremeGroups::Pending {
    KeptIndices kept;
    GroupElements x;  // in place a copy, which lies behind
    Pending *before;
};

void ExtremeGroups::add(KeptIndices kept) noexcept {
    if (slice_.sums != nullptr) {
        return;  // parts, of which a group is merged
    }
    // Vectors of groups may go on beyond the last one.
    for (int i = 0; i < slice_.plan.kernel->letters.kept_count; ++i) {
        if (at(kept, i) < 0 || at(kept, i) >= at(slice_.kept, i)) {
            return;
        }
    }
    at(kept, slice_.plan.kernel->letters.kept_count) = looped_;
    const bool in_place = operands_[role_x].data() == operands_[role_y].data();
    const std::int64_t bytes = in_place ? count_elements(slice_) * size_of(operands_[role_x].dtype()) : 0;
    void *memory = std::malloc(sizeof(Pending) + static_cast<std::size_t>(bytes));  // NOLINT: throws nothing
    if (memory == nullptr) {
        is_complete_ = false;
        return;
    }
    auto *group = static_cast<Pending *>(memory);
    *group = {kept, elements_of(slice_, operands_, kept), pending_};
    if (in_place) {
        group->x = copy_elements(slice_, operands_, kept, reinterpret_cast<char *>(group + 1));
    }
    pending_ = group;
}

void ExtremeGroups::redo() noexcept {
    finish_streaming();  // y may have gone past the caches
    for (const Pending *group = pending_; group != nullptr; group = group->before) {
        redo(*group);
    }
    clear();
}

void ExtremeGroups::redo(const Pending &group) const {
    WideStatistics statistics;
    const bool is_given = operands_.statistic == Statistic::given;
    if (is_given) {
        statistics = given_statistics(slice_, operands_, group.kept);
    } else if (!has_found(group, statistics)) {
        return;
    }
    write_y(slice_, operands_, group.x, group.kept, statistics);
    if (!is_given && slice_.statistics[0] == nullptr) {
        write_statistics(slice_, operands_, group.kept, statistics);
    }
}

// False where x has a NaN or Inf: what the kernel has written is right then.
bool ExtremeGroups::has_found(const Pending &group, WideStatistics &statistics) const {
    if (slice_.statistics[0] == nullptr) {
        return find_statistics([&](const auto &f) { f(slice_, group.x); }, operands_, eps_, statistics);
    }
    if (slice_.extreme == nullptr) {
        return false;
    }
    std::int64_t number = 0;
    for (int i = slice_.plan.kernel->letters.kept_count - 1; i >= 0; --i) {
        number = number * at(slice_.kept, i) + at(group.kept, i);
    }
    const auto found = std::ranges::lower_bound(*slice_.extreme, number, {}, &ExtremeGroup::group);
    if (found == slice_.extreme->end() || found->group != number) {
        return false;
    }
    statistics = found->statistics;
    return true;
}

void ExtremeGroups::clear() {
    while (pending_ != nullptr) {
        Pending *before = pending_->before;
        std::free(pending_);  // NOLINT: from malloc
        pending_ = before;
    }
}

}  // namespace axnorm

int axnorm_extreme(void *context, const std::uint8_t *are_extreme, const std::int32_t *innermost, std::int32_t lanes,
                   std::int32_t second, std::int32_t third, std::int32_t fourth) {
    axnorm::ExtremeGroups &groups = *static_cast<axnorm::KernelContext *>(context)->extreme_groups;
    for (std::int32_t i = 0; i < lanes; ++i) {
        if (are_extreme[i] != 0) {
            groups.add({innermost[i], second, third, fourth});
        }
    }
    return groups.has_any() ? 1 : 0;
}

int axnorm_redo(void *context) {
    static_cast<axnorm::KernelContext *>(context)->extreme_groups->redo();
    return 0;
}

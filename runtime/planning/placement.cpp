#include "placement.h"

#include <algorithm>

namespace axnorm {

using detail::at;

namespace {

// The letters of one kind, innermost first.
struct Loops {
    const bool *params;
    const std::int32_t *extents;
    int count;

    bool takes(int letter, const Group &group) const {
        return (!group.params || params[letter]) && (extents[letter] == 0 || extents[letter] == group.extent);
    }
    // A letter that no group gets is a loop of length 1.
    bool may_be_empty(int letter) const { return extents[letter] == 0; }
};

// The kept groups of a layout and the kept letters of a kernel.
class KeptLoops {
  public:
    KeptLoops(const Layout &layout, const Kernel &kernel)
        : layout_(layout),
          kernel_(kernel),
          loops_{kernel.letters.kept, kernel.letters.kept_extents, kernel.letters.kept_count} {}

    bool place(Plan &plan) {
        while (!place_from(layout_.count - 1, 0, plan)) {
            if (kernel_.canonical() || !take_out_shortest()) {
                return false;
            }
        }
        for (int i = layout_.count; i-- > 0;) {
            if (is_outside(i)) {
                at(plan.kept, plan.kept_count++) = static_cast<std::int8_t>(i);
            }
        }
        return lengths_are_free(plan);
    }

  private:
    bool is_kept(int group) const { return at(layout_.groups, group).kept; }
    bool is_outside(int group) const { return (outside_ >> group & 1) != 0; }

    // Whether the two, and all between them, are of one letter: in a dense tensor they would be one group.
    bool are_of_one(int group, int other) const {
        const auto is_same = [&](int i) {
            return is_kept(i) && at(layout_.groups, i).params == at(layout_.groups, group).params;
        };
        for (int i = std::min(group, other); i <= std::max(group, other); ++i) {
            if (!is_same(i)) {
                return false;
            }
        }
        return true;
    }

    // The kept groups from layout.groups[group] outwards get letters from `letter` on, in order, each the first one
    // that leaves the others theirs. Groups beyond the letters of a canonical kernel may follow.
    bool place_from(int group, int letter, Plan &plan) const {
        while (group >= 0 && (!is_kept(group) || is_outside(group))) {
            --group;
        }
        if (letter >= loops_.count) {
            for (plan.kept_count = letter; group >= 0; --group) {
                if (is_kept(group) && !is_outside(group)) {
                    at(plan.kept, plan.kept_count++) = static_cast<std::int8_t>(group);
                }
            }
            return kernel_.canonical() || plan.kept_count == loops_.count;
        }
        if (group >= 0 && loops_.takes(letter, at(layout_.groups, group))) {
            at(plan.kept, letter) = static_cast<std::int8_t>(group);
            if (place_from(group - 1, letter + 1, plan)) {
                return true;
            }
        }
        at(plan.kept, letter) = -1;
        return loops_.may_be_empty(letter) && place_from(group, letter + 1, plan);
    }

    // Of the groups that have a neighbour of their letter, which stays. False where there is none.
    bool take_out_shortest() {
        int shortest = -1;
        for (int i = 0; i < layout_.count; ++i) {
            if (may_be_outside(i) &&
                (shortest < 0 || at(layout_.groups, i).extent < at(layout_.groups, shortest).extent)) {
                shortest = i;
            }
        }
        outside_ |= shortest < 0 ? 0 : 1U << shortest;
        return shortest >= 0;
    }

    bool may_be_outside(int group) const {
        if (!is_kept(group) || is_outside(group) || (has_to_be_innermost() && is_innermost(group))) {
            return false;
        }
        for (int other = 0; other < layout_.count; ++other) {
            if (other != group && !is_outside(other) && are_of_one(group, other)) {
                return true;
            }
        }
        return false;
    }

    // Whether the kernel's innermost kept letter asks for a stride, which the innermost kept group alone has.
    bool has_to_be_innermost() const {
        const Letters &letters = kernel_.letters;
        return kernel_.contiguous && (letters.kept_innermost || letters.block_extent() != 0 || letters.has_channels());
    }
    bool is_innermost(int group) const {
        for (int other = group + 1; other < layout_.count; ++other) {
            if (is_kept(other)) {
                return false;
            }
        }
        return true;
    }

    // A length that a library was asked for is that of all neighbours together.
    bool lengths_are_free(const Plan &plan) const {
        for (int letter = 0; letter < loops_.count; ++letter) {
            const int group = at(plan.kept, letter);
            for (int other = 0; group >= 0 && loops_.extents[letter] != 0 && other < layout_.count; ++other) {
                if (is_outside(other) && are_of_one(group, other)) {
                    return false;
                }
            }
        }
        return true;
    }

    const Layout &layout_;
    const Kernel &kernel_;
    Loops loops_;
    std::uint32_t outside_ = 0;  // a bit for each group without a letter
};

}  // namespace

// The groups get the first letters, innermost first. None is left out between them: the letters are what the order of
// additions goes by. A group without params fits a letter with them: its strides of scale and shift are 0.
bool place_reduced(const Layout &layout, Plan &plan) {
    const Letters &letters = plan.kernel->letters;
    const Loops loops{letters.reduced, letters.reduced_extents, letters.reduced_count};
    int next = 0;
    for (int i = layout.count - 1; i >= 0; --i) {
        const Group &group = at(layout.groups, i);
        if (group.kept) {
            continue;
        }
        if (next == loops.count || !loops.takes(next, group)) {
            return false;
        }
        at(plan.reduced, next++) = static_cast<std::int8_t>(i);
    }
    for (; next < loops.count; ++next) {
        if (!loops.may_be_empty(next)) {
            return false;
        }
    }
    return true;
}

bool place_kept(const Layout &layout, Plan &plan) {
    return KeptLoops(layout, *plan.kernel).place(plan);
}

}  // namespace axnorm

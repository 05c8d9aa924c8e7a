// Parts of statistic groups: together they are the group, and they depend on the reduced extents alone.
#include "runtime/cpu/parts.h"

#include <axnorm_default.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/call/kernel_choice.h"
#include "runtime/language/described_call.h"
#include "runtime/planning/summation_tree.h"

namespace axnorm {
namespace {

// A call that is planned, and not made.
struct Planned {
    DryCall call;
    Layout layout;
    Slice whole;
    Parts parts;

    Planned(const char *text, const Extents &shape, const char *memory, bool canonical = false)
        : call(parse(text, ""), shape, {}, {.memory = memory}),
          layout(call.layout()),
          whole(make_plan(layout, call.operands(), this_machine(Device::cpu), canonical), layout),
          parts(whole) {}
};

// By index: the reduced extents of each part.
std::vector<std::array<std::int64_t, Letters::max_groups>> extents_of(const Planned &planned) {
    std::vector<std::array<std::int64_t, Letters::max_groups>> all;
    for (std::int64_t i = 0; i < planned.parts.count(); ++i) {
        Slice part = planned.whole;
        planned.parts.narrow(part, i);
        all.push_back(part.reduced);
    }
    return all;
}

std::int64_t product(const std::array<std::int64_t, Letters::max_groups> &extents) {
    return extents[0] * extents[1] * extents[2] * extents[3];
}

TEST(Parts, CoverTheGroup) {
    for (const bool canonical : {false, true}) {
        for (const std::int64_t length : {1, 31, 4096, 16384, 16385, 100000, 1000003}) {
            for (const char *memory : {"b c h w", "b h w c", "h b c w"}) {
                const Planned planned("b c h w -> c", {3, 2, 5, length}, memory, canonical);
                std::int64_t elements = 0;
                const auto all = extents_of(planned);
                for (std::size_t i = 0; i < all.size(); ++i) {
                    elements += product(all[i]);
                    EXPECT_EQ(product(all[i]), planned.parts.elements(static_cast<std::int64_t>(i)));
                    EXPECT_LE(product(all[i]), tree.part_blocks * tree.steps * tree.lanes);
                }
                EXPECT_EQ(elements, 3 * 5 * length) << memory << ' ' << length;
            }
        }
    }
}

TEST(Parts, AreOfBlocksOfOneLength) {
    // 100000 elements are 3125 steps in 25 blocks of 125, in parts of 4 blocks.
    const auto row = extents_of(Planned("b c -> b", {2, 100000}, "b c"));
    ASSERT_EQ(row.size(), 7u);
    EXPECT_EQ(row.front()[0], 4 * 125 * tree.lanes);
    EXPECT_EQ(row.back()[0], 100000 - 6 * 4 * 125 * tree.lanes);
    // Rows of 98 steps: 5 of them in a part.
    const auto rows = extents_of(Planned("b c h w -> c", {32, 3, 56, 56}, "b c h w"));
    ASSERT_EQ(rows.size(), 7u);
    EXPECT_EQ(rows.front()[1], 5);
    EXPECT_EQ(rows.back()[1], 2);
}

TEST(Parts, DoNotDependOnOtherGroups) {
    const auto few = extents_of(Planned("b h w c -> c", {32, 56, 56, 1}, "b h w c"));
    EXPECT_GT(few.size(), 1u);
    for (const std::int64_t channels : {3, 64, 1000}) {
        EXPECT_EQ(extents_of(Planned("b h w c -> c", {32, 56, 56, channels}, "b h w c")), few) << channels;
    }
}

// What has no parts is run as a whole: short rows, extents that are compiled in.
TEST(Parts, ThereIsOneWhereAKernelTakesNoOthers) {
    EXPECT_EQ(Planned("b c -> b", {1000, 16}, "b c").parts.count(), 1);
    EXPECT_EQ(Planned("b c -> b", {1, 16384}, "b c").parts.count(), 1);
    EXPECT_EQ(Planned("b c -> b", {1, 16385}, "b c").parts.count(), 2);
}

}  // namespace
}  // namespace axnorm

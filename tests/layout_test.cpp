// Layout: which axes a merged group has.
#include <gtest/gtest.h>

#include "reference/tensors.h"
#include "runtime/language/described_call.h"
#include "runtime/language/refusal.h"

namespace axnorm::test {
namespace {

// The groups of a call as "b h w|c".
std::string groups(std::string_view text, std::string_view params, const Extents &shape,
                   std::span<const NamedLength> lengths, std::string_view memory) {
    const DryCall call(parse(text, params), shape, lengths, {.memory = memory});
    const Layout layout = call.layout();
    std::string names;
    for (const Group &group : layout.all()) {
        names += (names.empty() ? "" : "|") + name_of_axes(call.pattern(), group);
    }
    return names;
}

TEST(Layout, NamesTheMergedAxesAlone) {
    EXPECT_EQ(groups("b c h w -> c", "c", {2, 3, 4, 5}, {}, ""), "b|c|h w");
    // Merged axes that are no neighbours in the pattern: c lies between b and h there.
    EXPECT_EQ(groups("b c h w -> c", "c", {2, 3, 4, 5}, {}, "b h w c"), "b h w|c");
    EXPECT_EQ(groups("b c h w -> b h w", "c", {2, 3, 4, 5}, {}, "b h w c"), "b h w|c");
    EXPECT_EQ(groups("b t (h d) -> b t h", "d", {2, 3, 20}, std::array{NamedLength{"h", 4}}, "b h d t"), "b h|d|t");
    // In the order of the pattern, whatever that in memory.
    EXPECT_EQ(groups("b c h w -> c", "c", {2, 3, 4, 5}, {}, "w h b c"), "b h w|c");
    // An axis of length 1 is in no group; the axes of an ellipsis have one name.
    EXPECT_EQ(groups("b c h w -> c", "c", {2, 3, 1, 5}, {}, "b h w c"), "b w|c");
    EXPECT_EQ(groups("b ... c -> b ...", "c", {2, 3, 4, 5}, {}, ""), "b ...|c");
    EXPECT_EQ(groups("2 a 3 -> a", "", {2, 4, 3}, {}, "2 3 a"), "2 3|a");
}

TEST(Layout, SixteenAxes) {
    const Extents shape(std::vector<std::int64_t>(16, 2));
    EXPECT_EQ(groups("a b c d e f g h i j k l m n o p -> o", "", shape, {}, "a b c d e f g h i j k l m n p o"),
              "a b c d e f g h i j k l m n p|o");
}

}  // namespace
}  // namespace axnorm::test

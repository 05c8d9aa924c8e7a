// Covering arrays cover what they say, with few rows.
#include "pairwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>

namespace axnorm::test {
namespace {

// By counting, without the generator's own book-keeping.
void expect_all_pairs(const std::vector<std::size_t> &sizes) {
    const std::vector<PairwiseRow> rows = pairwise(sizes);
    for (const PairwiseRow &row : rows) {
        ASSERT_EQ(row.size(), sizes.size());
        EXPECT_TRUE(std::ranges::equal(row, sizes, std::less<>()));
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        for (std::size_t j = 0; j < sizes.size(); ++j) {
            std::set<std::pair<std::size_t, std::size_t>> pairs;
            for (const PairwiseRow &row : rows) {
                pairs.insert({row[i], row[j]});
            }
            EXPECT_EQ(pairs.size(), i == j ? sizes[i] : sizes[i] * sizes[j]) << "factors " << i << " and " << j;
        }
    }
    // No fewer are possible than pairs of the two largest factors; twice as many would be a poor generator.
    std::vector<std::size_t> sorted = sizes;
    std::ranges::sort(sorted, std::greater<>());
    const std::size_t least = sorted[0] * (sorted.size() > 1 ? sorted[1] : 1);
    EXPECT_GE(rows.size(), least);
    EXPECT_LE(rows.size(), 2 * least + 6);
}

TEST(Pairwise, CoversEveryPair) {
    for (const std::vector<std::size_t> &sizes : std::vector<std::vector<std::size_t>>{{1},
                                                                                       {7},
                                                                                       {1, 1},
                                                                                       {3, 5},
                                                                                       {5, 3, 1},
                                                                                       {2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
                                                                                       {4, 4, 4, 4, 4},
                                                                                       {3, 9, 2, 1, 5, 4},
                                                                                       {90, 2, 2, 2, 2, 2, 2, 2}}) {
        expect_all_pairs(sizes);
    }
}

TEST(Pairwise, GivesTheSameRowsEachTime) {
    EXPECT_EQ(pairwise({4, 3, 2, 5}), pairwise({4, 3, 2, 5}));
}

TEST(Pairwise, RefusesAFactorWithoutValues) {
    EXPECT_THROW(pairwise({}), std::invalid_argument);
    EXPECT_THROW(pairwise({3, 0, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace axnorm::test

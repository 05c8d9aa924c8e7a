// Medians and their intervals, against what tables say, and against what they promise.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "tune/measure/order_statistics.h"

namespace axnorm::measure {
namespace {

std::vector<double> up_to(std::size_t n) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 1.0);
    return values;
}

TEST(OrderStatistics, Median) {
    EXPECT_EQ(median({3}), 3);
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
    EXPECT_EQ(relative_deviation({1, 2, 2, 2, 7}), 0);
    EXPECT_EQ(relative_deviation({1, 2, 3, 4, 5}), 1.0 / 3);
}

// Which of n sorted values bound the interval of 95 %: a table of any book.
TEST(OrderStatistics, IntervalsAreThoseOfTables) {
    const std::pair<std::size_t, double> ranks[] = {{6, 1},  {8, 1},  {9, 2},   {10, 2},  {12, 3},  {15, 4},
                                                    {20, 6}, {25, 8}, {30, 10}, {50, 18}, {100, 40}};
    for (const auto &[n, rank] : ranks) {
        const Interval interval = median_interval(up_to(n), 0.95);
        EXPECT_EQ(interval.low, rank) << n;
        EXPECT_EQ(interval.high, static_cast<double>(n) + 1 - rank) << n;
    }
}

TEST(OrderStatistics, IntervalsOfFewValuesAreEndless) {
    EXPECT_TRUE(std::isinf(median_interval(up_to(5), 0.95).high));
    EXPECT_TRUE(std::isinf(median_interval(up_to(9), 0.998).low));
    EXPECT_EQ(median_interval(up_to(10), 0.998).high, 10);
}

TEST(OrderStatistics, IntervalsHoldTheMedian) {
    std::mt19937 random(1);
    std::lognormal_distribution<double> distribution(0, 1);  // of median 1
    for (const std::size_t n : {10, 37, 3000}) {
        int held = 0;
        for (int i = 0; i < 500; ++i) {
            std::vector<double> values(n);
            for (double &value : values) {
                value = distribution(random);
            }
            const Interval interval = median_interval(values, 0.95);
            held += interval.low <= 1 && interval.high >= 1;
        }
        EXPECT_GE(held, 460) << n;  // of 475
        EXPECT_LE(held, 495) << n;
    }
}

TEST(OrderStatistics, Course) {
    EXPECT_EQ(course({1, 2, 3}, 3), (std::vector<double>{1, 2, 3}));
    EXPECT_EQ(course({1, 2, 3, 9}, 3), (std::vector<double>{1.5, 6}));
    EXPECT_EQ(course(up_to(1001), 100).size(), 91U);
}

}  // namespace
}  // namespace axnorm::measure

// Products that leave float's range are not made where y does not: rstd * scale, and shift - mean * rstd * scale.
#include <gtest/gtest.h>

#include "backend.h"

namespace axnorm::test {
namespace {

struct Numbers {
    double x, mean, rstd, scale, shift, y;
};

// Rows that the chip holds in a warp, in a block, and not at all, from an aligned element and another one.
void expect_right(const Numbers &numbers, Statistic statistic) {
    for (const std::int64_t length : {40, 3000, 30000}) {
        for (const std::int64_t begin : {0, 1}) {
            SCOPED_TRACE(std::to_string(length) + " elements from " + std::to_string(begin));
            const auto count = static_cast<std::size_t>(length);
            Tensor x({1, length}, {.offset = begin}), y({1, length}, {.offset = begin}), scale({length}),
                shift({length});
            Tensor mean({1}), rstd({1});
            x.fill(Values(count, numbers.x));
            scale.fill(Values(count, numbers.scale));
            shift.fill(Values(count, numbers.shift));
            mean.fill({numbers.mean});
            rstd.fill({numbers.rstd});
            OnDevice memory;
            Options options{.statistic = statistic, .scale = memory.view(scale), .shift = memory.view(shift)};
            if (statistic == Statistic::given) {
                options.given_mean = memory.view(mean);
                options.given_rstd = memory.view(rstd);
            }
            normalize("b c -> b", "c", memory.view(x), memory.out(y), options);
            memory.fetch();
            const Values found = y.get();
            for (const std::size_t i : {std::size_t{0}, count / 2, count - 1}) {
                EXPECT_NEAR(found[i] / numbers.y, 1, 1e-6) << i << " is " << found[i];
            }
        }
    }
}

TEST(DeviceScales, OfConstantData) {
    expect_right({.x = 5, .mean = 0, .rstd = 0, .scale = 3e38, .shift = 7, .y = 7}, Statistic::mean_var);
}

TEST(DeviceScales, OfGivenStatistics) {
    expect_right({.x = 5, .mean = 5, .rstd = 1e30, .scale = 1e30, .shift = 7, .y = 7}, Statistic::given);
    expect_right({.x = 1e38, .mean = 0, .rstd = 1e-30, .scale = 1e-30, .shift = 0, .y = 1e-22}, Statistic::given);
}

}  // namespace
}  // namespace axnorm::test

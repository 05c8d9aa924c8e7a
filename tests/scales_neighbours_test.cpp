// One statistic group near the ends of a dtype's range, or NaN, among others that are ordinary; params that are, one
// channel each.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "scales.h"

namespace axnorm::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

Scales ordinary(double eps) {
    return {.name = "ordinary", .x = {0}, .eps = eps};
}

// What stands in one group: of x alone, and with the eps of all groups.
std::vector<Scales> extremes(DType dtype) {
    std::vector<Scales> all = scales_of(dtype);
    std::erase_if(all, [](const Scales &scales) {
        return scales.statistic != Statistic::mean_var || !std::isnan(scales.shift) || scales.eps > 1e-5;
    });
    return all;
}

class Neighbours : public testing::TestWithParam<std::size_t> {
  protected:
    const Place &place() const { return small_places()[GetParam()]; }

    // A call whose groups have normal data, but for some.
    ScaledCall make(DTypePair dtypes, double eps, const std::vector<std::pair<std::size_t, Values>> &others) const {
        ScaledCall call(place(), dtypes, ordinary(eps));
        Values x = normal(call.x.count(), 1, 2, 81, dtypes.x);
        for (const auto &[group, values] : others) {
            repeat_in(call.groups(), group, values, x);
        }
        call.x.fill(x);
        return call;
    }

    // Groups but those named have the bits that they have in `before`, and all are right.
    void expect_others_alone(ScaledCall &after, const ScaledCall &before, const std::vector<std::size_t> &but) {
        after.run();
        after.expect_right();
        const Values y = after.y.get(), mean = after.mean.get(), rstd = after.rstd.get(), old_y = before.y.get(),
                     old_mean = before.mean.get(), old_rstd = before.rstd.get();
        const StatisticGroups groups = after.groups();
        std::size_t changed = 0;
        for (std::size_t group = 0; group < mean.size(); ++group) {
            if (std::ranges::find(but, group) == but.end()) {
                changed += mean[group] == old_mean[group] && rstd[group] == old_rstd[group] ? 0 : 1;
                groups.each(group, [&](std::size_t i, std::size_t) { changed += y[i] == old_y[i] ? 0 : 1; });
            }
        }
        EXPECT_EQ(changed, 0) << "bits of other groups";
    }
};

TEST_P(Neighbours, OfAnExtremeGroupHaveTheirBits) {
    for (const DTypePair dtypes : default_dtypes()) {
        for (const bool canonical : {false, true}) {
            std::size_t group = 0;
            for (const Scales &scales : extremes(dtypes.x)) {
                SCOPED_TRACE(place().describe() + ' ' + name_of(dtypes) + ' ' + scales.name +
                             (canonical ? " canonical" : ""));
                ScaledCall before = make(dtypes, scales.eps, {});
                before.options.canonical = canonical;
                before.run();
                const auto count = static_cast<std::size_t>(before.mean.count());
                group = (group + 1) % count;
                ScaledCall after = make(dtypes, scales.eps, {{group, scales.x}});
                after.options.canonical = canonical;
                expect_others_alone(after, before, {group});
                if (count > 3) {
                    const std::size_t next = (group + 1) % count, last = (group + 2) % count;
                    ScaledCall beside =
                        make(dtypes, scales.eps, {{group, scales.x}, {next, {1, nan, 2}}, {last, {3, 1, -infinity}}});
                    beside.options.canonical = canonical;
                    expect_others_alone(beside, before, {group, next, last});
                }
                if (HasFailure()) {
                    return;
                }
            }
        }
    }
}

// From the least number to the most, and 0.
Values each_scale(DType dtype, std::int64_t count, std::size_t start) {
    const bool wide = dtype == DType::float64;
    const Values scales = wide ? Values{5e-324, 1e-310, 1e-200, 1, 1e200, 0, 1.5e308, -1e300, 1e-100}
                               : Values{1.5e-45, 1e-40, 1e-30, 1, 1e19, 0, 3e38, -1e30, 1e-19};
    Values all;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        all.push_back(scales[(i + start) % scales.size()]);
    }
    return all;
}

TEST_P(Neighbours, HaveParamsOfAnyScale) {
    if (place().params.empty()) {
        return;
    }
    for (const DTypePair dtypes : default_dtypes()) {
        const std::vector<Scales> all = extremes(dtypes.x);
        for (std::size_t start = 0; start < 9 && !HasFailure(); ++start) {
            for (const bool extreme : {false, true}) {
                const Scales &scales = all[start * 2];
                SCOPED_TRACE(place().describe() + ' ' + name_of(dtypes) + ' ' + std::to_string(start) + ' ' +
                             (extreme ? scales.name : "ordinary"));
                ScaledCall call = extreme ? ScaledCall(place(), dtypes, scales) : make(dtypes, 1e-5, {});
                call.scale.fill(each_scale(call.scale.dtype(), call.scale.count(), start));
                if (start % 2 == 0) {
                    call.shift.fill(each_scale(call.scale.dtype(), call.scale.count(), start / 2));
                }
                call.options.canonical = start % 3 == 0;
                call.run();
                call.expect_right();
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Places, Neighbours, testing::Range<std::size_t>(0, small_places().size()));

// A channel of batch norm or instance norm is a group, or groups: others do not change its bits.
TEST(NeighboursOfAChannel, HaveTheirBits) {
    for (const Place &place : small_places()) {
        if (place.text != "b c h w -> c" && place.text != "b c h w -> b c" && place.text != "b c -> c") {
            continue;
        }
        for (const DTypePair dtypes : default_dtypes()) {
            SCOPED_TRACE(place.describe() + ' ' + name_of(dtypes));
            ScaledCall before(place, dtypes, ordinary(1e-5));
            before.x.fill(normal(before.x.count(), 1, 2, 82, dtypes.x));
            ScaledCall after = before;
            after.y = Tensor(place.shape, place.storage, dtypes.y);
            before.run();
            Values scale = after.scale.get();
            scale[1] = rounded(dtypes.x == DType::float64 ? 1e308 : 3e38, after.scale.dtype());
            scale[scale.size() - 1] = rounded(dtypes.x == DType::float64 ? 5e-324 : 1.5e-45, after.scale.dtype());
            after.scale.fill(scale);
            after.run();
            after.expect_right();
            const Values y = after.y.get(), old = before.y.get();
            for (std::size_t i = 0; i < y.size(); ++i) {
                const auto inner =
                    static_cast<std::size_t>(place.shape.size() == 4 ? place.shape[2] * place.shape[3] : 1);
                const std::size_t channel = i / inner % scale.size();
                ASSERT_TRUE(channel == 1 || channel + 1 == scale.size() || y[i] == old[i]) << i;
            }
        }
    }
}

}  // namespace
}  // namespace axnorm::test

// Results are right wherever the exact ones are finite, whatever the scale of x, of params, of statistics and of eps:
// in each layout and dtype, by exact and canonical kernels, in place, and where threads share groups.
#include "scales.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sanitizers.h"

namespace axnorm::test {
namespace {

// With a cast of which there are kernels for everything.
std::vector<DTypePair> dtypes_of(Statistic statistic) {
    std::vector<DTypePair> all = default_dtypes();
    if (statistic != Statistic::rms) {
        all.push_back({DType::bfloat16, DType::float32});
    }
    return all;
}

struct Numbers {
    std::size_t index;  // of all
    DTypePair dtypes;
    Scales scales;
};

std::string name_of(const Numbers &numbers) {
    std::string name = numbers.scales.name + '_' + name_of(numbers.dtypes);
    std::ranges::replace(name, ':', '_');
    return name;
}

// NOLINTNEXTLINE(readability-identifier-naming): as GoogleTest names it
void PrintTo(const Numbers &numbers, std::ostream *out) {
    *out << name_of(numbers);
}

std::vector<Numbers> all_numbers() {
    std::vector<Numbers> all;
    for (const DType x : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
        for (const Scales &scales : scales_of(x)) {
            for (const DTypePair dtypes : dtypes_of(scales.statistic)) {
                if (dtypes.x == x) {
                    all.push_back({all.size(), dtypes, scales});
                }
            }
        }
    }
    return all;
}

class AtAnyScale : public testing::TestWithParam<Numbers> {
  protected:
    // Apart by one thread, which has to be right, then as is said: the bits are the same.
    void expect_right(const Place &place, bool canonical, bool in_place, int threads) {
        const auto &[index, dtypes, scales] = GetParam();
        SCOPED_TRACE(place.describe() + (canonical ? ", canonical" : ""));
        in_place = in_place && dtypes.x == dtypes.y;
        ScaledCall call(place, dtypes, scales), other(place, dtypes, scales, in_place);
        call.options.canonical = canonical;
        call.options.parallel.threads = 1;
        call.run();
        call.expect_right();
        other.options.parallel.threads = threads;
        other.options.stores = in_place ? Stores::cached : Stores::streaming;
        other.run();
        EXPECT_TRUE(other.has_bits_of(call))
            << threads << " threads, by the usual kernel" << (in_place ? ", in place" : ", streamed");
    }
};

TEST_P(AtAnyScale, InAnyLayout) {
    const std::vector<Place> &places = small_places();
    // Under sanitizers a quarter, in turn with the numbers.
    const std::size_t step = sanitized ? 4 : 1;
    for (std::size_t i = GetParam().index % step; i < places.size() && !HasFailure(); i += step) {
        for (const bool canonical : {false, true}) {
            expect_right(places[i], canonical, i % 2 == 0, 5);
        }
    }
}

// Threads do not look at the numbers: in turn with the layouts.
TEST_P(AtAnyScale, OfGroupsThatThreadsShare) {
    const std::vector<Place> &places = shared_places();
    const std::size_t turn = GetParam().index;
    expect_right(places[turn % places.size()], turn % 2 == 0, turn % 4 < 2, 5);
}

INSTANTIATE_TEST_SUITE_P(Numbers, AtAnyScale, testing::ValuesIn(all_numbers()),
                         [](const auto &parameter) { return name_of(parameter.param); });

// One group of a dtype's numbers.
WideExpected reference_of(const Scales &scales, DType dtype) {
    Values x;
    for (const double value : scales.x) {
        x.push_back(rounded(value, dtype));
    }
    return wide_by_pattern("a ->", "", {static_cast<std::int64_t>(x.size())}, {}, x,
                           {.eps = scales.eps, .statistic = scales.statistic});
}

void expect_near(const std::vector<long double> &actual, const Values &expected, double error) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(actual[i] / expected[i]), 1, error) << i;
    }
}

// The numbers that can be told without a program are those of the reference.
TEST(References, AreRightAtAnyScale) {
    std::size_t compared = 0;
    for (const DType dtype : {DType::float32, DType::float64}) {
        for (const Scales &scales : scales_of(dtype)) {
            if (scales.statistic != Statistic::given) {
                SCOPED_TRACE(scales.name + ' ' + name_of(dtype));
                const WideExpected right = reference_of(scales, dtype);
                expect_near(right.y, scales.y, 1e-6);
                expect_near(right.rstd, scales.rstd, 1e-6);
                compared += scales.y.size() + scales.rstd.size();
            }
        }
    }
    EXPECT_GT(compared, 40);
    // As bfloat16 holds them.
    const Scales uneven{.name = "uneven", .x = {1e20, 2e20, 3.75e20, 4e20}};
    expect_near(reference_of(uneven, DType::bfloat16).y, {-1.3579, -0.5554, 0.8639, 1.0494}, 1e-4);
}

}  // namespace
}  // namespace axnorm::test

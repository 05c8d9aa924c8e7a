// How the caller's thread rounds and what it does with numbers that are not normal changes no bit, and is as before
// after a call.
#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <memory>

#include "sanitizers.h"
#include "scales.h"

namespace axnorm::test {
namespace {

constexpr unsigned exceptions_raised = 0x3f, denormals_are_zero = 1U << 6, flush_to_zero = 1U << 15,
                   round_down = 1U << 13, round_to_zero = 3U << 13;

// For a while.
class FloatControl {
  public:
    explicit FloatControl(unsigned added) : before_(_mm_getcsr()), set_((before_ & ~exceptions_raised) | added) {
        _mm_setcsr(set_);
    }
    FloatControl(const FloatControl &) = delete;
    FloatControl &operator=(const FloatControl &) = delete;
    ~FloatControl() { _mm_setcsr(before_); }

    bool is_as_set() const { return (_mm_getcsr() & ~exceptions_raised) == set_; }

  private:
    unsigned before_, set_;
};

const std::vector<unsigned> &controls() {
    static const std::vector<unsigned> all = {flush_to_zero, denormals_are_zero, flush_to_zero | denormals_are_zero,
                                              round_down, round_to_zero | flush_to_zero | denormals_are_zero};
    return all;
}

// The bits without, then with each of them, by one thread and by several.
void expect_same_bits(const Place &place, DTypePair dtypes, const Scales &scales, const Values &x) {
    const auto make = [&](int threads) {
        auto call = std::make_unique<ScaledCall>(place, dtypes, scales);
        if (!x.empty()) {
            call->x.fill(x);
        }
        call->options.parallel.threads = threads;
        return call;
    };
    const auto expected = make(1);
    expected->run();
    for (const unsigned control : controls()) {
        for (const int threads : {1, 8}) {
            SCOPED_TRACE(place.describe() + ' ' + name_of(dtypes) + ' ' + scales.name + ", control " +
                         std::to_string(control) + ", threads " + std::to_string(threads));
            const auto call = make(threads);
            bool is_as_set = false;
            {
                const FloatControl during(control);
                call->run();
                is_as_set = during.is_as_set();
            }
            EXPECT_TRUE(is_as_set);
            EXPECT_TRUE(call->has_bits_of(*expected));
        }
    }
}

const Place rows{.text = "b c -> b", .params = "c", .shape = {sanitized ? 64 : 512, 4096}};

TEST(FloatControl, ChangesNoBit) {
    const Values ordinary = normal(product(rows.shape), 1, 2, 91);
    Values small = normal(product(rows.shape), 0, 1, 92);
    for (double &value : small) {
        value *= 1e-20;
    }
    expect_same_bits(rows, {}, {.name = "small", .x = {0}, .eps = 0}, small);
    expect_same_bits(rows, {}, {.name = "ordinary", .x = {0}}, ordinary);
}

TEST(FloatControl, ChangesNoBitOfOtherDTypesAndPlaces) {
    for (std::size_t i = 0; i < small_places().size(); ++i) {
        const DTypePair dtypes = default_dtypes()[i % 4];
        const Place &place = small_places()[i];
        expect_same_bits(place, dtypes, {.name = "ordinary", .x = {0}}, normal(product(place.shape), 1, 2, 93));
        for (const Scales &scales : scales_of(dtypes.x)) {
            if (scales.name.find("least") != std::string::npos || scales.name.find("small") != std::string::npos) {
                expect_same_bits(place, dtypes, scales, {});
            }
            if (testing::Test::HasFailure()) {
                return;
            }
        }
    }
}

TEST(FloatControl, ChangesNoBitWhereThreadsShareGroups) {
    for (const Place &place : shared_places()) {
        expect_same_bits(place, {}, {.name = "ordinary", .x = {0}}, normal(product(place.shape), 1, 2, 94));
    }
}

TEST(FloatControl, IsAsBeforeAfterAnError) {
    for (const unsigned control : controls()) {
        const FloatControl during(control);
        Tensor x({2, 3}), y({2, 4});
        EXPECT_THROW(normalize("b c -> b", "", x.view(), y.out(), {}), Error);
        EXPECT_TRUE(during.is_as_set());
        EXPECT_THROW(normalize("b c -> k", "", x.view(), x.out(), {}), Error);
        EXPECT_TRUE(during.is_as_set());
    }
}

}  // namespace
}  // namespace axnorm::test

// Calls that no kernel can index, and that are copied part by part: of more than four reduced groups that do not merge.
// Those that reach too far are in huge_test.cpp.
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "reference.h"
#include "reference/pattern_reference.h"

namespace axnorm::test {
namespace {

struct Case {
    std::string text, params;
    Shape shape;
    Storage x, y;
};

Storage padded(std::size_t rank) {
    Storage storage;
    storage.padding.assign(rank, 1);
    return storage;
}

// x and y of other orders have few neighbours that merge.
Storage shuffled(std::size_t rank, std::uint64_t seed) {
    Storage storage;
    Random random(seed);
    storage.order.resize(rank);
    std::iota(storage.order.begin(), storage.order.end(), 0);
    random.shuffle(storage.order);
    storage.spacing = 2;
    return storage;
}

// Some have groups of a single part, others several; kept groups are few or many, inside or outside.
const std::vector<Case> &cases() {
    static const std::vector<Case> all = {
        {"a b c d e ->", "", {2, 3, 2, 3, 7}, padded(5), padded(5)},
        {"a b c d e ->", "a c", {2, 3, 2, 3, 7}, padded(5), padded(5)},
        {"k a b c d e -> k", "a e", {5, 2, 3, 2, 3, 33}, padded(6), padded(6)},
        {"a b c d e k -> k", "k", {3, 2, 3, 2, 5, 40}, padded(6), padded(6)},
        {"a b c d e k -> k", "k c", {3, 2, 3, 2, 5, 300}, padded(6), padded(6)},
        {"a k b l c m d n e o -> k l m n o", "k b o e", {3, 2, 2, 3, 3, 2, 2, 3, 3, 2}, padded(10), padded(10)},
        {"a b c d e f g h -> h", "h", {3, 5, 4, 3, 5, 4, 3, 2}, shuffled(8, 1), shuffled(8, 2)},
        {"a b c d e f -> a", "f", {2, 4, 5, 6, 7, 70}, padded(6), padded(6)},  // several parts
        {"a b c d e f ->", "b f", {2, 4, 5, 6, 7, 70}, shuffled(6, 3), padded(6)},
        {"a k b l c m d n e o f p g q h r -> k l m n o p q r", "a k h r", Shape(16, 2), {}, {}},
        {"a k b l c m d n e o f p g q h r -> k l m n o p q r", "", Shape(16, 2), shuffled(16, 4), shuffled(16, 5)},
        {"a b c d e f g h i j k l m n o p ->", "p", Shape(16, 2), shuffled(16, 6), shuffled(16, 7)},
    };
    return all;
}

// The tensors of a call.
struct Tensors {
    const Case &of;
    Tensor x, y, scale, shift, mean, rstd;
    Options options;

    Tensors(const Case &c, DTypePair dtypes, Statistic statistic)
        : of(c),
          x(c.shape, c.x, dtypes.x),
          y(c.shape, c.y, dtypes.y),
          scale(params_shape(c.text, c.params, c.shape, {}), {}, dtypes.x),
          shift(params_shape(c.text, c.params, c.shape, {}), {}, statistics_dtype(dtypes.x)),
          mean(right_side_shape(c.text, c.shape, {}), {.spacing = 2}, statistics_dtype(dtypes.x)),
          rstd(right_side_shape(c.text, c.shape, {}), {.spacing = 3}, statistics_dtype(dtypes.x)) {
        options.statistic = statistic;
        x.fill(normal(x.count(), 3, 2, 61));
        scale.fill(normal(scale.count(), 1, 0.5, 62));
        shift.fill(normal(shift.count(), 0, 1, 63));
        if (!c.params.empty()) {
            options.scale = scale.view();
            options.shift = shift.view();
        }
        if (statistic == Statistic::given) {
            mean.fill(normal(mean.count(), 3, 1, 64));
            rstd.fill(normal(rstd.count(), 1, 0.1, 65));
            options.given_mean = mean.view();
            options.given_rstd = rstd.view();
        } else {
            options.rstd = rstd.out();
        }
        if (statistic == Statistic::mean_var) {
            options.mean = mean.out();
        }
    }

    void run(int threads) {
        options.parallel.threads = threads;
        normalize(of.text, of.params, x.view(), y.out(), options);
    }
    void run_in_place() { normalize(of.text, of.params, x.view(), x.out(), options); }

    void expect_as_the_reference(const Tensor &to, const Values &from) const {
        const Values scales = scale.get(), shifts = shift.get(), means = mean.get(), rstds = rstd.get();
        const bool given = options.statistic == Statistic::given;
        const Expected expected = by_pattern(of.text, of.params, of.shape, {}, from,
                                             {.scale = options.scale.present() ? &scales : nullptr,
                                              .shift = options.shift.present() ? &shifts : nullptr,
                                              .statistic = options.statistic,
                                              .given_mean = given ? &means : nullptr,
                                              .given_rstd = given ? &rstds : nullptr});
        const Tolerance tolerance = Tolerance().of({x.dtype(), to.dtype()});
        EXPECT_TRUE(y_close(to.get(), expected, tolerance));
        EXPECT_TRUE(options.statistic != Statistic::mean_var || mean_close(mean.get(), expected, tolerance));
        EXPECT_TRUE(given || rstd_close(rstd.get(), expected, tolerance));
        EXPECT_TRUE(x.guards_intact() && y.guards_intact() && mean.guards_intact() && rstd.guards_intact());
    }
};

TEST(Gathered, MatchesTheReference) {
    for (const Case &c : cases()) {
        for (const DTypePair dtypes : default_dtypes()) {
            for (const Statistic statistic : {Statistic::mean_var, Statistic::rms, Statistic::given}) {
                SCOPED_TRACE(c.text + ", params " + c.params + ' ' + to_string(c.shape) + ' ' + name_of(dtypes) + ' ' +
                             name_of(statistic));
                Tensors one(c, dtypes, statistic);
                const Values x = one.x.get();
                one.run(1);
                one.expect_as_the_reference(one.y, x);
                EXPECT_TRUE(same_bits(one.x.get(), x));
                Tensors five(c, dtypes, statistic);
                five.run(5);
                EXPECT_TRUE(same_bits(five.y.get(), one.y.get()));
                EXPECT_TRUE(same_bits(five.mean.get(), one.mean.get()));
                EXPECT_TRUE(same_bits(five.rstd.get(), one.rstd.get()));
                one.run_in_place();
                one.expect_as_the_reference(one.x, x);
            }
        }
    }
}

// As one group that no kernel has to be given copies of: the order of additions is that of the reduced extents.
TEST(Gathered, HasTheBitsOfAMergedGroup) {
    const Case apart = {"k a b c d e -> k", "", {3, 2, 5, 4, 7, 70}, padded(6), padded(6)};
    const Case merged = {"k a -> k", "", {3, 2 * 5 * 4 * 7 * 70}, {}, {}};
    for (const DTypePair dtypes : default_dtypes()) {
        for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
            Tensors a(apart, dtypes, statistic), b(merged, dtypes, statistic);
            a.run(1);
            b.run(1);
            EXPECT_TRUE(same_bits(a.y.get(), b.y.get())) << name_of(dtypes);
            EXPECT_TRUE(same_bits(a.mean.get(), b.mean.get())) << name_of(dtypes);
            EXPECT_TRUE(same_bits(a.rstd.get(), b.rstd.get())) << name_of(dtypes);
        }
    }
}

// Groups do not depend on how many others there are, nor on the tiles that they are in.
TEST(Gathered, GroupsDoNotDependOnOthers) {
    const Case many = {"a b c d e k -> k", "", {3, 2, 3, 2, 50, 700}, padded(6), padded(6)};
    Tensors all(many, {}, Statistic::mean_var);
    all.run(3);
    Tensor y(many.shape, many.y);
    const Extents strides = extents(all.x.strides());
    for (const std::int64_t first : {0, 1, 699}) {
        Extents few = extents(many.shape);
        few[5] = first == 1 ? 2 : 1;
        normalize(many.text, "", {all.x.data() + first, few, strides}, {y.data() + first, few, extents(y.strides())});
    }
    const Values some = y.get(), wanted = all.y.get();
    for (std::size_t i = 0; i < some.size(); ++i) {
        if (i % 700 < 3 || i % 700 == 699) {
            ASSERT_EQ(some[i], wanted[i]) << i;
        }
    }
}

}  // namespace
}  // namespace axnorm::test

// The same bits, whatever a statistic group is called beside: threads, other groups, alignment, in place, other
// outputs.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <optional>
#include <thread>

#include "pairwise.h"
#include "reference/pattern_reference.h"
#include "systems.h"

namespace axnorm::test {
namespace {

struct Bits {
    Values y, mean, rstd;

    explicit Bits(const Call &call) : y(call.y.get()), mean(call.mean.get()), rstd(call.rstd.get()) {}
    bool operator==(const Bits &other) const {
        return same_bits(y, other.y) && same_bits(mean, other.mean) && same_bits(rstd, other.rstd);
    }
};

// Large enough to be divided between threads, with more than the 128 channels that stay together; no extent is a
// multiple of another.
Shape large_shape(const System &system) {
    return system.shape(5, 264, 19, 13);
}

// A pool of the caller: a thread for each task, the last task first.
struct OwnPool : ThreadPool {
    int tasks = 0;

    void run(int count, void (*task)(void *context, int index), void *context) override {
        tasks += count;
        std::vector<std::thread> threads;
        for (int i = count - 1; i >= 0; --i) {
            threads.emplace_back(task, context, i);
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
};

// Few large groups: of several parts each (parts.h), in every system, and with few channels. Neither the parts nor what
// they are made of have equal lengths.
Shape shape_of_parts(const System &system) {
    return system.shape(2, 4, 131, 157);
}

void expect_independent_of_threads(const System &system, const Shape &shape, DTypePair dtypes, bool canonical) {
    SCOPED_TRACE(system.name + ' ' + name_of(dtypes) + (canonical ? ", canonical" : ""));
    const Values x = normal(product(shape), 1, 2, 51);
    Call one(system, shape, 4, x, {}, dtypes);
    one.options.canonical = canonical;
    one.options.parallel.threads = 1;
    one.run();
    const Bits expected(one);
    for (const int threads : {2, 5, 64, 0}) {
        Call many(system, shape, 4, x, {}, dtypes);
        many.options.canonical = canonical;
        many.options.parallel.threads = threads;
        many.run();
        EXPECT_TRUE(expected == Bits(many)) << threads << " threads";
    }
    OwnPool pool;
    Call own(system, shape, 4, x, {}, dtypes);
    own.options.canonical = canonical;
    own.options.parallel = {.threads = 5, .pool = &pool};
    own.run();
    EXPECT_TRUE(expected == Bits(own)) << "own pool";
    EXPECT_GT(pool.tasks, 1);
}

// Each system in each dtype, by exact kernels and canonical ones in turn: threads divide the work without a look at
// what the kernel is.
void expect_all_independent_of_threads(Shape (*shape)(const System &)) {
    const std::vector<DTypePair> dtypes = default_dtypes();
    for (const PairwiseRow &row : pairwise({systems().size(), dtypes.size(), 2})) {
        const System &system = systems()[row[0]];
        expect_independent_of_threads(system, shape(system), dtypes[row[1]], row[2] == 1);
    }
}

TEST(SameBits, ForAnyNumberOfThreads) {
    expect_all_independent_of_threads(large_shape);
}

TEST(SameBits, ForAnyNumberOfThreadsThatShareGroups) {
    expect_all_independent_of_threads(shape_of_parts);
}

TEST(SameBits, ForAnyDefaultNumberOfThreads) {
    const int before = num_threads();
    const System &system = systems()[0];
    const Values x = normal(product(large_shape(system)), 1, 2, 52);
    Call first(system, large_shape(system), 4, x);
    first.run();
    for (const int threads : {1, 2, 5}) {
        set_num_threads(threads);
        EXPECT_EQ(num_threads(), threads);
        Call call(system, large_shape(system), 4, x);
        call.run();
        EXPECT_TRUE(Bits(first) == Bits(call));
    }
    set_num_threads(before);
}

// The first n indices along an axis.
Values first_along(const Values &values, const Shape &shape, std::size_t axis, std::int64_t n) {
    const std::int64_t inner = product(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
    Values result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (static_cast<std::int64_t>(i) / inner % shape[axis] < n) {
            result.push_back(values[i]);
        }
    }
    return result;
}

// y of the whole, cut down along a kept axis, is y of the cut tensor.
void expect_independent(const std::string &text, const Shape &shape, std::size_t axis,
                        const std::vector<std::int64_t> &lengths, const std::vector<int> &order, bool canonical,
                        DType dtype = DType::float32) {
    const auto run = [&](const Shape &part, const Values &x_values) {
        Tensor x(part, {.order = order}, dtype), y(part, {.order = order}, dtype);
        x.fill(x_values);
        normalize(text, "", x.view(), y.out(), {.canonical = canonical});
        return y.get();
    };
    const Values x = normal(product(shape), 1, 2, 53);
    const Values whole = run(shape, x);
    for (const std::int64_t n : lengths) {
        Shape part = shape;
        part[axis] = n;
        EXPECT_TRUE(same_bits(first_along(whole, shape, axis, n), run(part, first_along(x, shape, axis, n))))
            << text << ' ' << to_string(part) << " of " << to_string(shape) << " order "
            << to_string({order.begin(), order.end()}) << ' ' << name_of(dtype) << (canonical ? " canonical" : "");
    }
}

TEST(SameBits, ForAnyNumberOfOtherGroupsOfAnyDType) {
    for (const auto &[dtype, y_dtype] : default_dtypes()) {
        for (const bool canonical : {false, true}) {
            for (const std::vector<int> &order :
                 std::vector<std::vector<int>>{{0, 1, 2, 3}, {0, 2, 3, 1}}) {  // NCHW, NHWC
                expect_independent("b c h w -> c", {5, 64, 7, 11}, 1, {1, 3}, order, canonical, dtype);
                expect_independent("b c h w -> b", {64, 5, 7, 11}, 0, {1, 3}, order, canonical, dtype);
                expect_independent("b c h w -> b c", {64, 3, 7, 11}, 0, {1, 3}, order, canonical, dtype);
                expect_independent("b c h w -> b c", {3, 64, 7, 11}, 1, {1, 3}, order, canonical, dtype);
                expect_independent("b c h w -> b h w", {64, 35, 2, 3}, 0, {1, 3}, order, canonical, dtype);
            }
        }
    }
}

TEST(SameBits, ForAnyNumberOfOtherGroups) {
    for (const bool canonical : {false, true}) {
        // Groups: their number at a given n, and the number of samples.
        for (const std::vector<int> &order : std::vector<std::vector<int>>{{0, 1, 2, 3, 4}, {0, 3, 4, 1, 2}}) {
            expect_independent("b g n h w -> b g", {64, 2, 3, 5, 7}, 0, {1, 3}, order, canonical);
            expect_independent("b g n h w -> b g", {2, 64, 3, 5, 7}, 1, {1, 3}, order, canonical);
        }
        // Stored transposed: the kept axis innermost, or between reduced ones.
        for (const std::int64_t n : {31, 100, 2500}) {
            expect_independent("b c -> b", {64, n}, 0, {1, 2, 3, 31, 33}, {0, 1}, canonical);
            expect_independent("b c -> b", {64, n}, 0, {1, 2, 3, 31, 33}, {1, 0}, canonical);
            expect_independent("b t c -> b", {64, 9, n / 9}, 0, {1, 2, 3}, {1, 0, 2}, canonical);
        }
    }
}

// Two kept axes and two reduced ones, in any order of memory.
TEST(SameBits, ForAnyNumberOfOtherGroupsInAnyOrder) {
    std::vector<int> order = {0, 1, 2, 3};
    do {
        expect_independent("a b c d -> b d", {5, 20, 7, 3}, 1, {1, 3}, order, false);
        expect_independent("a b c d -> b d", {5, 3, 7, 20}, 3, {1, 3}, order, false);
        expect_independent("a b c d -> b d", {5, 1, 7, 20}, 3, {1, 3}, order, false);
    } while (std::next_permutation(order.begin(), order.end()) && !testing::Test::HasFailure());
}

TEST(SameBits, InPlace) {
    for (const System &system : systems()) {
        for (const DTypePair dtypes : default_dtypes()) {
            SCOPED_TRACE(system.name + ' ' + name_of(dtypes));
            for (const Shape &shape : {large_shape(system), shape_of_parts(system)}) {
                const Values x = normal(product(shape), 1, 2, 54);
                Call apart(system, shape, 4, x, {}, dtypes), in_place(system, shape, 4, x, {}, dtypes);
                in_place.y = in_place.x;
                apart.options.parallel.threads = 1;
                in_place.options.parallel.threads = 3;
                apart.run();
                in_place.run();
                EXPECT_TRUE(Bits(apart) == Bits(in_place));
            }
        }
    }
}

void expect_independent_of_alignment(const System &system, DTypePair dtypes) {
    const Shape shape = system.shape(3, 12, 9, 11);
    const Values x = normal(product(shape), 1, 2, 55);
    Call aligned(system, shape, 4, x, {}, dtypes);
    aligned.run();
    for (int shift = 0; shift < 16; ++shift) {
        for (int bytes = 0; bytes < size_of(dtypes.x); ++bytes) {
            Call shifted(system, shape, 4, x, {.offset = shift, .byte_offset = bytes}, dtypes);
            if (shift % 3 == 1) {  // x and y apart
                shifted.x = Tensor(shape, {.offset = 15 - shift}, dtypes.x);
                shifted.x.fill(x);
            }
            shifted.run();
            EXPECT_TRUE(Bits(aligned) == Bits(shifted))
                << system.name << ' ' << name_of(dtypes) << ": " << shift << " elements, " << bytes << " bytes";
            EXPECT_TRUE(shifted.y.guards_intact());
        }
    }
}

TEST(SameBits, AtAnyAlignment) {
    for (const System &system : systems()) {
        for (const DTypePair dtypes : default_dtypes()) {
            expect_independent_of_alignment(system, dtypes);
        }
    }
}

// Without a loop there is nothing to copy.
TEST(SameBits, WithParamsOfOneElementAtAnyAlignment) {
    for (int shift = 0; shift < 17; ++shift) {
        Tensor x({1, 1}), y({1, 1}), scale({1}, {.offset = shift}), of_shift({1}, {.offset = shift});
        x.fill({3});
        scale.fill({2});
        of_shift.fill({5});
        normalize("b c -> b", "c", x.view(), y.out(), {.scale = scale.view(), .shift = of_shift.view()});
        EXPECT_TRUE(same_bits(y.get(), {5})) << shift;
    }
}

// Scale and shift are copied where they begin within a line of the caches, and many rows read them.
TEST(SameBits, WithParamsAtAnyAlignment) {
    const Shape shape = {40, 150};
    const Values x = normal(product(shape), 1, 2, 57), of_scale = normal(150, 1, 0.5, 58),
                 of_shift = normal(150, 0, 1, 59);
    for (const DTypePair dtypes : default_dtypes()) {
        std::optional<Values> expected;
        for (int shift = 0; shift < 17; ++shift) {
            Tensor x_tensor(shape, {}, dtypes.x), y(shape, {}, dtypes.y);
            Tensor scale({150}, {.offset = shift}, statistics_dtype(dtypes.x));
            Tensor shift_tensor({150}, {.offset = 16 - shift}, statistics_dtype(dtypes.x));
            x_tensor.fill(x);
            scale.fill(of_scale);
            shift_tensor.fill(of_shift);
            normalize("b c -> b", "c", x_tensor.view(), y.out(),
                      {.scale = scale.view(), .shift = shift_tensor.view(), .parallel = {.threads = 1 + shift % 2}});
            expected = expected.value_or(y.get());
            EXPECT_TRUE(same_bits(y.get(), *expected)) << name_of(dtypes) << ": " << shift << " elements";
        }
    }
}

TEST(SameBits, WithAndWithoutMeanAndRstd) {
    for (const System &system : systems()) {
        const Shape shape = system.shape(3, 12, 9, 11);
        Call call(system, shape, 4, normal(product(shape), 1, 2, 56));
        call.run();
        const std::vector<NamedLength> lengths(system.has_groups ? 1 : 0, {"g", 4});
        for (const bool with_mean : {false, true}) {
            for (const bool with_rstd : {false, true}) {
                Tensor y(shape), mean(call.mean.shape()), rstd(call.rstd.shape());
                Options options{.scale = call.scale.view(), .shift = call.shift.view()};
                options.mean = with_mean ? mean.out() : TensorView();
                options.rstd = with_rstd ? rstd.out() : TensorView();
                normalize(parse(system.text, system.params), call.x.view(), y.out(), options, lengths);
                EXPECT_TRUE(same_bits(y.get(), call.y.get())) << system.name;
                EXPECT_TRUE(with_mean ? same_bits(mean.get(), call.mean.get()) : mean.untouched());
                EXPECT_TRUE(with_rstd ? same_bits(rstd.get(), call.rstd.get()) : rstd.untouched());
            }
        }
    }
}

TEST(SameBits, WithManyThreadsCallingAtOnce) {
    std::vector<Bits> expected;
    const auto make = [](std::size_t i) {
        const System &system = systems()[i % systems().size()];
        const Shape shape = i % 2 == 0 ? large_shape(system) : system.shape(2, 8, 5, 6);
        Call call(system, shape, 4, normal(product(shape), 1, 2, 57 + i));
        call.options.parallel.threads = 1 + static_cast<int>(i % 3);
        return call;
    };
    constexpr std::size_t callers = 16;
    for (std::size_t i = 0; i < callers; ++i) {
        Call call = make(i);
        call.options.parallel.threads = 1;
        call.run();
        expected.emplace_back(call);
    }
    std::vector<int> wrong(callers, 0);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < callers; ++i) {
        threads.emplace_back([&, i] {
            Call call = make(i);
            for (int repeat = 0; repeat < 10; ++repeat) {
                call.run();
                wrong[i] += expected[i] == Bits(call) ? 0 : 1;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, std::vector<int>(callers, 0));
}

}  // namespace
}  // namespace axnorm::test

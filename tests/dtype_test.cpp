// Dtypes in calls: what goes together, params of 16 bits, accuracy, memory that x and y share.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "random_case.h"
#include "reference/pattern_reference.h"
#include "systems.h"

namespace axnorm::test {
namespace {

constexpr DTypePair halves[] = {{DType::float16, DType::float16}, {DType::bfloat16, DType::bfloat16}};

// Whole calls, y being rounded once: with a large mean, and one that the numbers of the dtype can tell from 0.
TEST(DTypes, AreAsAccurateAsTheyCanBe) {
    for (const System &system : systems()) {
        for (const DTypePair dtypes : default_dtypes()) {
            for (const double mean : {0.0, 2.0, 1e4}) {
                SCOPED_TRACE(system.name + ' ' + name_of(dtypes) + ", mean " + std::to_string(mean));
                const Shape shape = system.shape(4, 24, 17, 19);
                const Values x = normal(product(shape), mean, mean > 100 ? 1 + mean / 100 : 1, 91, dtypes.x);
                Call call(system, shape, 4, x, {}, dtypes);
                const Expected expected = call.expected();
                call.run();
                const Tolerance tolerance = tight.of(dtypes);
                EXPECT_TRUE(y_close(call.y.get(), expected, tolerance));
                EXPECT_TRUE(mean_close(call.mean.get(), expected, tolerance));
                EXPECT_TRUE(rstd_close(call.rstd.get(), expected, tolerance));
            }
        }
    }
}

TEST(DTypes, Float64AtALargeMean) {
    for (const System &system : systems()) {
        const Shape shape = system.shape(8, 24, 37, 41);
        for (const double mean : {1e4, -3e9}) {
            Call call(system, shape, 4, normal(product(shape), mean, 1, 92, DType::float64), {},
                      {DType::float64, DType::float64});
            call.options.scale = call.options.shift = {};
            const Expected expected = call.expected();
            call.run();
            double error = 0;
            const Values y = call.y.get();
            for (std::size_t i = 0; i < y.size(); ++i) {
                error = std::max(error, std::abs(y[i] - expected.y[i]));
            }
            std::printf("[    error ] %s, mean %.0e: %.1e\n", system.name.c_str(), mean, error);
            EXPECT_LE(error, 5e-15) << system.name;  // a mean of one double alone would be off by 1e-12, and by 2e-7
            EXPECT_TRUE(mean_close(call.mean.get(), expected, tight.of(call.dtypes())));
        }
    }
}

// The same bits as with the same numbers of float32 in the same layout, whatever that is.
TEST(NarrowParams, AreThoseOfFloat32) {
    Random random(93);
    for (const DTypePair dtypes : halves) {
        for (int i = 0; i < 60; ++i) {
            const System &system = random.one_of(systems());
            const Shape shape = system.shape(2, 12, 5, 1 + random.below(40));
            Call wide(system, shape, 3, normal(product(shape), 1, 2, 94), {}, dtypes);
            Call narrow(system, shape, 3, normal(product(shape), 1, 2, 94), {}, dtypes);
            const Shape of_params = system.params_shape(shape);
            const auto replace = [&](Tensor &wide_one, Tensor &narrow_one, std::uint64_t seed) {
                const Storage storage = random_storage(random, of_params.size(), true);
                narrow_one = Tensor(of_params, storage, dtypes.x);
                wide_one = Tensor(of_params, storage);
                narrow_one.fill(normal(wide_one.count(), 1, 0.5, seed, dtypes.x));
                wide_one.fill(narrow_one.get());
            };
            replace(wide.scale, narrow.scale, 95);
            replace(wide.shift, narrow.shift, 96);
            const bool has_scale = i % 3 != 0, has_shift = i % 3 != 1, mixed = i % 4 == 0;
            narrow.options.scale = has_scale ? narrow.scale.view() : ConstTensorView();
            narrow.options.shift = !has_shift ? ConstTensorView() : mixed ? wide.shift.view() : narrow.shift.view();
            wide.options.scale = has_scale ? wide.scale.view() : ConstTensorView();
            wide.options.shift = has_shift ? wide.shift.view() : ConstTensorView();
            wide.run();
            narrow.run();
            SCOPED_TRACE(system.name + ' ' + name_of(dtypes) + ' ' + to_string(shape) + " scale strides " +
                         to_string(narrow.scale.strides()));
            EXPECT_TRUE(same_bits(narrow.y.get(), wide.y.get()));
            EXPECT_TRUE(same_bits(narrow.rstd.get(), wide.rstd.get()));
        }
    }
}

// Each number of 16 bits as a scale: of x = 1 with a mean of 0 y is the scale.
TEST(NarrowParams, EveryNumber) {
    for (const DType dtype : {DType::float16, DType::bfloat16}) {
        for (const std::int64_t spacing : {1, 3}) {
            Tensor x({1, 65536}, {}, dtype), y({1, 65536}, {}, dtype), rstd({1}),
                scale({65536}, {.spacing = spacing}, dtype);
            Values numbers;
            for (int bits = 0; bits < 65536; ++bits) {
                numbers.push_back(from_bits(static_cast<std::uint16_t>(bits), dtype));
            }
            x.fill(Values(65536, 1.0));
            rstd.fill({1.0});
            scale.fill(numbers);
            normalize("b c -> b", "c", x.view(), y.out(),
                      {.statistic = Statistic::given, .scale = scale.view(), .given_rstd = rstd.view()});
            const Values actual = y.get();
            for (std::size_t i = 0; i < actual.size(); ++i) {
                ASSERT_TRUE(close(actual[i], numbers[i], 0)) << i << ' ' << name_of(dtype);
            }
        }
    }
}

// A pool that has the thread make another call, with other params, while its own one is under way.
struct InterruptingPool : ThreadPool {
    Call *other = nullptr;

    void run(int count, void (*task)(void *context, int index), void *context) override {
        for (int i = 0; i < count; ++i) {
            if (other != nullptr) {
                Call *call = other;
                call->run();
            }
            task(context, i);
        }
    }
};

TEST(NarrowParams, OfCallsWithinCalls) {
    const System &system = systems()[0];
    const DTypePair dtypes = halves[1];
    const Shape shape = system.shape(8, 64, 16, 16);
    const auto make = [&](std::uint64_t seed) {
        Call call(system, shape, 4, normal(product(shape), 1, 2, 97), {}, dtypes);
        call.scale = Tensor({64}, {}, dtypes.x);
        call.scale.fill(normal(64, 1, 1, seed));
        call.options.scale = call.scale.view();
        return call;
    };
    Call expected = make(98), outer = make(98), inner = make(99);
    InterruptingPool pool;
    pool.other = &inner;
    inner.options.parallel.threads = 1;
    outer.options.parallel = {.threads = 4, .pool = &pool};
    expected.run();
    outer.run();
    EXPECT_TRUE(same_bits(outer.y.get(), expected.y.get()));
    EXPECT_FALSE(same_bits(inner.y.get(), expected.y.get()));
}

// y beside an x of another dtype: their bytes may not meet, whatever the elements.
TEST(SharedMemory, OfOtherDTypes) {
    std::vector<float> memory(4096, 1.0f);
    const auto *x = memory.data();
    const auto run = [&](std::int64_t first_float, DType y) {
        normalize("b c -> b", "", {x, {8, 16}}, {memory.data() + first_float, y, {8, 16}});
    };
    EXPECT_THROW(run(0, DType::bfloat16), Error);  // a cast in place
    EXPECT_THROW(run(127, DType::bfloat16), Error);
    EXPECT_NO_THROW(run(128, DType::bfloat16));
    const auto into = [&](std::int64_t first_float) {
        normalize("b c -> b", "", {memory.data(), DType::bfloat16, {8, 16}}, {memory.data() + first_float, {8, 16}});
    };
    EXPECT_THROW(into(63), Error);
    EXPECT_NO_THROW(into(64));
}

std::string refusal(const Options &options, DTypePair dtypes, DType of_statistics = DType::float32) {
    Tensor x({4, 6}, {}, dtypes.x), y({4, 6}, {}, dtypes.y), mean({4}, {}, of_statistics);
    Options all = options;
    if (of_statistics != DType::float32) {
        all.mean = mean.out();
    }
    try {
        normalize("b c -> b", "c", x.view(), y.out(), all);
    } catch (const Error &error) {
        EXPECT_EQ(error.code(), ErrorCode::unsupported);
        EXPECT_TRUE(y.untouched() && mean.untouched());
        return error.what();
    }
    return "accepted";
}

TEST(DTypes, ThatDoNotGoTogether) {
    const auto has = [](const std::string &message, const std::string &words) {
        return message.find(words) != std::string::npos ? testing::AssertionSuccess()
                                                        : testing::AssertionFailure() << message;
    };
    const Tensor half({6}, {}, DType::float16), brain({6}, {}, DType::bfloat16), single({6}),
        twice({6}, {}, DType::float64);
    const DTypePair f64{DType::float64, DType::float64};
    EXPECT_TRUE(has(refusal({.scale = half.view()}, halves[1]),
                    "the dtype of scale is float16; beside x of bfloat16 it has to be float32 or bfloat16"));
    EXPECT_TRUE(has(refusal({.shift = brain.view()}, {}),
                    "the dtype of shift is bfloat16; beside x of float32 it has to be float32\n"));
    EXPECT_TRUE(has(refusal({.shift = single.view()}, f64), "beside x of float64 it has to be float64\n"));
    EXPECT_TRUE(has(refusal({.shift = twice.view()}, {}), "beside x of float32 it has to be float32\n"));
    EXPECT_TRUE(has(refusal({}, halves[0], DType::float16),
                    "the dtype of mean is float16; beside x of float16 it has to be float32\n"));
    // All that is linked for the statistic is named.
    const std::string none = refusal({.statistic = Statistic::rms}, {DType::float16, DType::bfloat16});
    EXPECT_TRUE(has(none, "no kernel is linked for rms of float16:bfloat16; those of this statistic are for "));
    EXPECT_TRUE(has(none, "float64, float16, bfloat16")) << none;
    EXPECT_TRUE(has(none, "(x:y where y differs)"));
    EXPECT_TRUE(has(refusal({.statistic = Statistic::rms}, {DType::float32, DType::bfloat16}),
                    "no kernel is linked for rms of float32:bfloat16"));
}

TEST(DTypes, NoElements) {
    for (const DTypePair dtypes : default_dtypes()) {
        const DType computed = statistics_dtype(dtypes.x);
        Tensor x({3, 0}, {}, dtypes.x), y({3, 0}, {}, dtypes.y), mean({3}, {}, computed), rstd({3}, {}, computed);
        normalize("b c -> b", "", x.view(), y.out(), {.mean = mean.out(), .rstd = rstd.out()});
        EXPECT_TRUE(mean.guards_intact() && rstd.guards_intact());
        for (const double value : mean.get()) {
            EXPECT_TRUE(std::isnan(value));
        }
    }
}

TEST(DTypes, OfViews) {
    const double doubles[4] = {};
    const std::uint16_t bits[4] = {};
    EXPECT_EQ(ConstTensorView(doubles, {4}).dtype(), DType::float64);
    EXPECT_EQ(ConstTensorView(doubles, {2, 2}, {1, 2}).dtype(), DType::float64);
    EXPECT_EQ(ConstTensorView(nullptr, {4}).dtype(), DType::float32);
    EXPECT_EQ(ConstTensorView(bits, DType::bfloat16, {2, 2}, Extents{1, 2}).dtype(), DType::bfloat16);
    // 16 bits without a dtype could be one or the other: tests/must_not_compile/uint16_without_a_dtype.cpp.
    static_assert(!std::is_constructible_v<TensorView, const double *, Extents>);
}

TEST(DTypes, ByName) {
    for (const DType x : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
        for (const DType y : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
            EXPECT_EQ(dtypes_named(name_of(DTypePair{x, y})), (DTypePair{x, y}));
        }
    }
    EXPECT_EQ(name_of(DTypePair{DType::bfloat16, DType::float32}), "bfloat16:float32");
    for (const char *wrong : {"", ":", "float", "float32:", ":float32", "float32:half", "float32:float32:float32"}) {
        EXPECT_FALSE(dtypes_named(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace axnorm::test

// A call that is like an earlier one of the thread takes that one's plan: whatever makes it another call has to be
// seen.
#include <axnorm_default.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "reference/tensors.h"

namespace axnorm::test {
namespace {

constexpr std::int64_t rows = 6, columns = 8;

struct Buffers {
    std::vector<float> x = std::vector<float>(rows * columns), y = std::vector<float>(rows * columns, -1);

    Buffers() { std::iota(x.begin(), x.end(), 1.0F); }
    ConstTensorView in() const { return {x.data(), {rows, columns}}; }
    TensorView out() { return {y.data(), {rows, columns}}; }
};

// The mean of y over elements begin, begin + step, ...: 0 where these are a whole statistic group.
double mean_of(const std::vector<float> &y, std::size_t begin, std::size_t step, std::size_t count) {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sum += y[begin + i * step];
    }
    return sum / static_cast<double>(count);
}

void expect_by_rows(const std::vector<float> &y) {
    EXPECT_NEAR(mean_of(y, 0, 1, columns), 0, 1e-5);
    EXPECT_GT(std::abs(mean_of(y, 0, columns, rows)), 0.5);
}

void expect_by_columns(const std::vector<float> &y) {
    EXPECT_NEAR(mean_of(y, 0, columns, rows), 0, 1e-5);
    EXPECT_GT(std::abs(mean_of(y, 0, 1, columns)), 0.1);
}

TEST(CallCache, SeesAnotherTextInTheSameMemory) {
    std::string text = "b c -> b";
    Buffers buffers;
    for (int i = 0; i < 2; ++i) {
        text.back() = 'b';
        normalize(text, "", buffers.in(), buffers.out());
        expect_by_rows(buffers.y);
        text.back() = 'c';
        normalize(text, "", buffers.in(), buffers.out());
        expect_by_columns(buffers.y);
    }
}

TEST(CallCache, SeesOtherLengths) {
    Buffers buffers;
    for (int i = 0; i < 2; ++i) {
        for (const std::int64_t g : {2, 4}) {
            normalize<"b (g n) -> b g">(buffers.in(), buffers.out(), {}, axis<"g"> = g);
            EXPECT_NEAR(mean_of(buffers.y, 0, 1, static_cast<std::size_t>(columns / g)), 0, 1e-5) << g;
            EXPECT_NEAR(std::abs(buffers.y[0]), std::abs(buffers.y[static_cast<std::size_t>(columns / g) - 1]), 1e-5);
            normalize("b (g n) -> b g", "", buffers.in(), buffers.out(), {}, {{"n", columns / g}});
            EXPECT_NEAR(mean_of(buffers.y, 0, 1, static_cast<std::size_t>(columns / g)), 0, 1e-5) << g;
        }
    }
}

TEST(CallCache, SeesOtherStridesStatisticsAndOutputs) {
    Buffers buffers;
    std::vector<float> mean(rows), rstd(rows);
    const ConstTensorView transposed(buffers.x.data(), {columns, rows}, {1, columns});
    const TensorView transposed_out(buffers.y.data(), {columns, rows}, {1, columns});
    for (int i = 0; i < 2; ++i) {
        normalize<"b c -> b">(buffers.in(), buffers.out());
        expect_by_rows(buffers.y);
        normalize<"b c -> b">(transposed, transposed_out);
        expect_by_columns(buffers.y);
        normalize<"b c -> b">(buffers.in(), buffers.out(), {.statistic = Statistic::rms});
        EXPECT_GT(buffers.y[0], 0);
        normalize<"b c -> b">(buffers.in(), buffers.out(),
                              {.mean = {mean.data(), {rows}}, .rstd = {rstd.data(), {rows}}});
        EXPECT_FLOAT_EQ(mean[1], 1 + columns * 1.5F - 0.5F);
        normalize<"b c -> b">(buffers.in(), buffers.out(), {.eps = 1e6});
        EXPECT_LT(std::abs(buffers.y[0]), 0.1);
        mean.assign(rows, -1);
    }
}

// The plan is kept, what it says of pointers is not.
TEST(CallCache, ChecksPointersEachTime) {
    Buffers buffers;
    normalize<"b c -> b">(buffers.in(), buffers.out());
    const TensorView shifted(buffers.x.data() + 1, {rows, columns}),
        absent(static_cast<float *>(nullptr), {rows, columns});
    for (int i = 0; i < 2; ++i) {
        EXPECT_THROW(normalize<"b c -> b">(buffers.in(), shifted), Error);
        EXPECT_THROW(normalize<"b c -> b">(buffers.in(), absent), Error);
        EXPECT_THROW(normalize<"b c -> b">(buffers.in(), buffers.out(), {.eps = -1}), Error);
        normalize<"b c -> b">(buffers.in(), buffers.out());
        expect_by_rows(buffers.y);
    }
}

// Calls inside of a call, on its thread: they may not take its plan from under it.
struct NestedCalls : ThreadPool {
    int depth = 0;

    void run(int count, void (*task)(void *context, int index), void *context) override {
        for (int i = 0; i < count; ++i) {
            for (std::int64_t length = 2; depth == 0 && length < 40; ++length) {
                ++depth;
                std::vector<float> x(static_cast<std::size_t>(2 * length), 1), y(x);
                normalize<"b c -> b">(ConstTensorView(x.data(), {2, length}), TensorView(y.data(), {2, length}));
                --depth;
            }
            task(context, i);
        }
    }
};

TEST(CallCache, KeepsThePlanOfACallThatIsUnderWay) {
    constexpr std::int64_t many = 1000, length = 300;
    const Values x = normal(many * length, 1, 2, 71);
    std::vector<float> in(x.begin(), x.end()), once(in.size()), y(in.size());
    const ConstTensorView x_view(in.data(), {many, length});
    normalize<"b c -> b">(x_view, TensorView(once.data(), {many, length}));
    NestedCalls pool;
    for (int i = 0; i < 2; ++i) {
        y.assign(y.size(), 0);
        normalize<"b c -> b">(x_view, TensorView(y.data(), {many, length}),
                              {.parallel = {.threads = 3, .pool = &pool}});
        EXPECT_EQ(y, once);
    }
}

}  // namespace
}  // namespace axnorm::test

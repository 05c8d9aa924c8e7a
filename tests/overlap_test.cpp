// Tensors that share memory: in place, slices of one parent, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "reference.h"
#include "reference/pattern_reference.h"
#include "runtime/language/byte_set.h"
#include "runtime/language/overlap.h"
#include "runtime/language/refusal.h"

namespace axnorm::test {
namespace {

// One block of memory that x, y and the others are laid into.
struct Memory {
    Floats memory = floats(normal(4096, 0, 1, 41)), before = memory;

    float *at(std::int64_t i) { return memory.data() + i; }
    bool unchanged() const { return std::memcmp(memory.data(), before.data(), memory.size() * 4) == 0; }
};

// Whether the call is refused, with these words; then that nothing was written.
template <typename Run>
void expect_refused(Memory &memory, const std::string &words, const Run &run) {
    try {
        run();
        ADD_FAILURE() << "accepted, where '" << words << "' is expected";
    } catch (const Error &error) {
        EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
    EXPECT_TRUE(memory.unchanged());
}

TEST(Overlap, OfXAndY) {
    Memory m;
    const auto refused = [&](const ConstTensorView &x, const TensorView &y) {
        expect_refused(m, "y overlaps x", [&] { normalize("a b -> a", "", x, y); });
    };
    // Moved by less than the whole.
    refused({m.at(0), {8, 16}}, {m.at(1), {8, 16}});
    refused({m.at(0), {8, 16}}, {m.at(127), {8, 16}});
    refused({m.at(127), {8, 16}}, {m.at(0), {8, 16}});
    // In place, but stored in another order, or broadcast.
    refused({m.at(0), {16, 16}}, {m.at(0), {16, 16}, {1, 16}});
    refused({m.at(0), {8, 16}, {0, 1}}, {m.at(0), {8, 16}});
    refused({m.at(5), {8, 16}, {0, 0}}, {m.at(0), {8, 16}});
    // Equal strides, moved along the rows into each other.
    refused({m.at(0), {8, 16}, {32, 1}}, {m.at(15), {8, 16}, {32, 1}});
    refused({m.at(0), {8, 16}, {32, 2}}, {m.at(2), {8, 16}, {32, 2}});
    // Of different strides: one element is shared.
    refused({m.at(0), {8, 16}, {32, 2}}, {m.at(254), {8, 16}, {64, 2}});
    refused({m.at(0), {8, 16}}, {m.at(120), {8, 16}, {32, 2}});
    // By a byte: not even the elements are the same.
    refused({m.at(0), {8, 16}}, {reinterpret_cast<float *>(reinterpret_cast<char *>(m.at(0)) + 1), {8, 16}});
}

TEST(Overlap, OfOutputs) {
    Memory m;
    const ConstTensorView x(m.at(0), {8, 16});
    const TensorView y(m.at(1000), {8, 16});
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, y, {.mean = {m.at(1010), {8}}}); });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, y, {.rstd = {m.at(993), {8}}}); });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, y, {.rstd = {m.at(120), {8}}}); });
    expect_refused(m, "overlap", [&] {
        normalize("a b -> a", "", x, y, {.mean = {m.at(2000), {8}}, .rstd = {m.at(2007), {8}}});
    });
    expect_refused(m, "overlap", [&] {
        normalize("a b -> a", "", x, y, {.mean = {m.at(2000), {8}}, .rstd = {m.at(2000), {8}}});
    });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "b", x, y, {.scale = {m.at(1127), {16}}}); });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "b", x, y, {.shift = {m.at(985), {16}}}); });
    expect_refused(m, "overlap", [&] {
        normalize("a b -> a", "b", x, y, {.scale = {m.at(2000), {16}}, .mean = {m.at(2000), {8}}});
    });
    // By the name that the caller gave it.
    expect_refused(m, "y overlaps given_mean", [&] {
        normalize("a b -> a", "", x, y,
                  {.statistic = Statistic::given, .given_mean = {m.at(1000), {8}}, .given_rstd = {m.at(2000), {8}}});
    });
    // Of y with itself.
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, {m.at(1000), {8, 16}, {1, 1}}); });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, {m.at(1000), {8, 16}, {15, 1}}); });
    expect_refused(m, "overlap", [&] { normalize("a b -> a", "", x, y, {.mean = {m.at(2000), {8}, {0}}}); });
}

// Tensors that are only read may share all they like.
TEST(Overlap, OfInputs) {
    Memory m;
    Tensor y({8, 16});
    EXPECT_NO_THROW(
        normalize("a b -> a", "b", {m.at(0), {8, 16}}, y.out(), {.scale = {m.at(3), {16}}, .shift = {m.at(5), {16}}}));
    EXPECT_NO_THROW(normalize("a b -> a", "b", {m.at(0), {8, 16}, {1, 1}}, y.out(), {.scale = {m.at(0), {16}, {0}}}));
    EXPECT_TRUE(m.unchanged());
}

// x and y beside each other in one parent.
struct Slices {
    Shape shape, strides;
    std::int64_t y_offset;

    Values of(const float *data) const {
        Values values;
        for (std::int64_t i = 0; i < product(shape); ++i) {
            const std::int64_t c = i % shape[2], b = i / shape[2] % shape[1], a = i / shape[2] / shape[1];
            values.push_back(data[a * strides[0] + b * strides[1] + c * strides[2]]);
        }
        return values;
    }
};

void expect_slices_apart(const std::string &text, const Slices &slices, bool swapped) {
    Memory m;
    float *x = m.at(swapped ? slices.y_offset : 0), *y = m.at(swapped ? 0 : slices.y_offset);
    const Values x_values = slices.of(x);
    const Extents shape = extents(slices.shape), strides = extents(slices.strides);
    normalize(text, "", {x, shape, strides}, {y, shape, strides});
    const Values y_values = slices.of(y);
    EXPECT_TRUE(y_close(y_values, by_pattern(text, "", slices.shape, {}, x_values)));
    EXPECT_TRUE(same_bits(slices.of(x), x_values));
    // Nothing but y has changed.
    std::size_t changed = 0;
    for (std::size_t i = 0; i < m.memory.size(); ++i) {
        changed += std::memcmp(&m.memory[i], &m.before[i], 4) != 0 ? 1 : 0;
    }
    EXPECT_LE(changed, y_values.size());
}

TEST(Overlap, SlicesOfOneParent) {
    const std::vector<Slices> cases = {
        {{4, 8, 16}, {256, 16, 1}, 128},  // halves of the channels
        {{4, 16, 8}, {256, 16, 1}, 8},    // halves of the rows
        {{4, 8, 16}, {256, 32, 2}, 1},    // even and odd elements
        {{4, 8, 16}, {128, 16, 1}, 512},  // one behind the other
        {{4, 8, 16}, {1, 4, 32}, 512},   {{3, 4, 5}, {40, 10, 2}, 121}, {{3, 4, 5}, {40, 10, 2}, 1},
    };
    for (const Slices &slices : cases) {
        for (const std::string text : {"a b c -> a", "a b c -> b", "a b c -> c", "a b c -> a b"}) {
            for (const bool swapped : {false, true}) {
                SCOPED_TRACE(text + ' ' + to_string(slices.shape) + ' ' + to_string(slices.strides));
                expect_slices_apart(text, slices, swapped);
            }
        }
    }
}

// y is padded, and all else lies between its rows.
TEST(Overlap, InTheGapsOfY) {
    Memory m, apart;
    const Extents shape{4, 5}, strides{20, 1};
    const auto run = [](const ConstTensorView &x, const TensorView &y, const Options &options) {
        normalize("a b -> a", "b", x, y, options);
    };
    for (const Statistic statistic : {Statistic::mean_var, Statistic::given}) {
        const auto options = [&](Memory &of, std::int64_t scale, std::int64_t mean, std::int64_t rstd) {
            const TensorView means{of.at(mean), {4}, {20}}, rstds{of.at(rstd), {4}, {20}};
            return statistic == Statistic::given ? Options{.statistic = statistic,
                                                           .scale = {of.at(scale), {5}},
                                                           .given_mean = means,
                                                           .given_rstd = rstds}
                                                 : Options{.scale = {of.at(scale), {5}}, .mean = means, .rstd = rstds};
        };
        run({m.at(5), shape, strides}, {m.at(0), shape, strides}, options(m, 30, 16, 17));
        run({apart.at(5), shape, strides}, {apart.at(1000), shape, strides}, options(apart, 30, 16, 17));
        for (std::int64_t i = 0; i < 80; ++i) {
            const float *expected = i % 20 < 5 ? apart.at(1000 + i) : apart.at(i);
            EXPECT_EQ(std::memcmp(m.at(i), expected, 4), 0) << i;
        }
    }
    // A column further they share one.
    m = {};
    for (const std::int64_t row : {0, 20, 60}) {
        expect_refused(m, "y overlaps x", [&] { run({m.at(4 + row), shape, strides}, {m.at(0), shape, strides}, {}); });
        expect_refused(m, "y overlaps given_mean", [&] {
            run({m.at(1000), shape}, {m.at(0), shape, strides},
                {.statistic = Statistic::given,
                 .given_mean = {m.at(4 + row), {4}, {20}},
                 .given_rstd = {m.at(17), {4}, {20}}});
        });
    }
}

// A tensor of random strides, and its bytes one by one.
struct RandomView {
    Shape shape, strides;
    DType dtype;
    std::int64_t first;  // in bytes

    RandomView(Random &random, const Shape &of_shape, DType of_dtype, const std::vector<std::int64_t> &among)
        : shape(of_shape), dtype(of_dtype), first(random.below(120) * (random.chance(0.9) ? size_of(dtype) : 1)) {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            strides.push_back(random.one_of(among));
        }
    }

    TensorView view(unsigned char *memory) const { return {memory + first, dtype, extents(shape), extents(strides)}; }

    // How many elements have each byte.
    std::vector<int> bytes() const {
        std::vector<int> counts(4096);
        for (std::int64_t i = 0; i < product(shape); ++i) {
            std::int64_t rest = i, byte = first;
            for (std::size_t d = shape.size(); d-- > 0;) {
                byte += rest % shape[d] * strides[d] * size_of(dtype);
                rest /= shape[d];
            }
            for (std::int64_t b = 0; b < size_of(dtype); ++b) {
                ++counts[static_cast<std::size_t>(byte + b)];
            }
        }
        return counts;
    }

    bool repeats() const {
        return std::ranges::any_of(bytes(), [](int count) { return count > 1; });
    }
    bool meets(const RandomView &other) const {
        const std::vector<int> a = bytes(), b = other.bytes();
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (a[i] > 0 && b[i] > 0) {
                return true;
            }
        }
        return false;
    }
    bool is(const RandomView &other) const {
        bool same = first == other.first && dtype == other.dtype;
        for (std::size_t d = 0; d < shape.size(); ++d) {
            same = same && (shape[d] == 1 || strides[d] == other.strides[d]);
        }
        return same;
    }
};

// Exactly those calls are refused that share a byte.
TEST(Overlap, OfRandomTensorsIsExact) {
    std::vector<unsigned char> memory(4096);
    const std::vector<std::int64_t> of_x = {0, 1, 2, 3, 4, 6, 8, 9, 12, 24}, of_y = {1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 24};
    int shared = 0, apart = 0;
    for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
        Random random(seed);
        const auto length = [&] { return 1 + random.below(4); };
        const Shape shape = {length(), length(), length()}, groups = {shape[2], shape[0]};
        const DType dtype = random.one_of(std::vector{DType::float32, DType::float16, DType::float64});
        const DType y_dtype = random.chance(0.7) ? dtype : DType::float32;
        RandomView x(random, shape, dtype, of_x);
        const RandomView y(random, shape, y_dtype, of_y), mean(random, groups, statistics_dtype(dtype), of_y);
        if (random.chance(0.3)) {
            x.strides = y.strides;
            x.first = random.chance(0.3) ? y.first : x.first;
        }
        const bool is_given = random.chance(0.3);
        const bool expected = y.repeats() || (!is_given && (mean.repeats() || mean.meets(x))) || mean.meets(y) ||
                              (x.meets(y) && !x.is(y));
        Options options{.statistic = is_given ? Statistic::given : Statistic::mean_var};
        if (is_given) {
            options.given_mean = mean.view(memory.data());
        } else {
            options.mean = mean.view(memory.data());
        }
        const ConstTensorView x_view = x.view(memory.data());
        const TensorView y_view = y.view(memory.data());
        const Operands operands = operands_of(x_view, y_view, options);
        const Layout layout = make_layout(parse("a b c -> c a"), operands, {});
        bool is_refused = false;
        try {
            check_repeats(layout, operands);
            check_overlap(layout, operands);
        } catch (const Refusal &) {
            is_refused = true;
        }
        ASSERT_EQ(is_refused, expected) << "seed " << seed;
        (is_refused ? shared : apart) += 1;
    }
    EXPECT_GT(shared, 2000);
    EXPECT_GT(apart, 2000);
}

// Where strides are not nested, and there are many of each, the answer takes no longer than the steps that are allowed.
TEST(Overlap, OfStridesThatAreNotNestedEndsSoon) {
    const auto set = [](std::uintptr_t first, std::initializer_list<TensorLoop> loops) {
        ByteSet bytes(reinterpret_cast<const void *>(first), 2);  // NOLINT(performance-no-int-to-ptr)
        for (const TensorLoop &loop : loops) {
            bytes.add(loop);
        }
        return bytes;
    };
    constexpr std::int64_t many = std::int64_t{1} << 40;
    EXPECT_TRUE(set(0, {{many, 6}, {many, 10}}).meets(set(2, {{many, 14}, {many, 22}})));
    EXPECT_TRUE(set(0, {{many, 6}, {many, 10}}).repeats());
    // Common divisors tell at once.
    EXPECT_FALSE(set(0, {{many, 12}, {many, 20}}).meets(set(2, {{many, 28}, {many, 44}})));
    EXPECT_FALSE(set(1 << 20, {{many, 12}, {many, 20}}).meets(set(2, {{many, 28}, {many, 44}})));
    // Rows of any number, beside each other.
    EXPECT_FALSE(set(0, {{many, 64}, {8, 2}}).meets(set(16, {{many, 64}, {24, 2}})));
    EXPECT_TRUE(set(0, {{many, 64}, {9, 2}}).meets(set(16, {{many, 64}, {24, 2}})));
}

}  // namespace
}  // namespace axnorm::test

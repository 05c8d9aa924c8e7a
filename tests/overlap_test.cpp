// Tensors that share memory: in place, slices of one parent, and what is refused.
#include <gtest/gtest.h>

#include <cstring>

#include "reference.h"
#include "reference/pattern_reference.h"

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
    // Ranges that intersect, of different strides: refused even where no element is shared.
    refused({m.at(0), {8, 16}, {32, 2}}, {m.at(1), {8, 16}, {64, 2}});
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
    expect_refused(m, "overlap", [&] {
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

}  // namespace
}  // namespace axnorm::test

// Scale and shift that lie in another order than x: the copy that kernels read, and what calls make of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "reference.h"
#include "reference/pattern_reference.h"
#include "runtime/cpu/params/reorder.h"
#include "runtime/language/described_call.h"
#include "runtime/language/layout.h"

namespace axnorm::test {
namespace {

// The dense copy of a tensor stored with these strides.
template <class T>
std::vector<T> naive_copy(const std::vector<T> &from, std::span<const TensorLoop> loops, std::int64_t at = 0) {
    if (loops.empty()) {
        return {from[static_cast<std::size_t>(at)]};
    }
    std::vector<T> to;
    for (std::int64_t i = 0; i < loops[0].extent; ++i) {
        const std::vector<T> inner = naive_copy(from, loops.subspan(1), at + i * loops[0].stride);
        to.insert(to.end(), inner.begin(), inner.end());
    }
    return to;
}

template <class T>
void expect_copy(const std::vector<TensorLoop> &loops) {
    std::int64_t last = 0, elements = 1;
    std::string text;
    for (const TensorLoop &loop : loops) {
        last += (loop.extent - 1) * loop.stride;
        elements *= loop.extent;
        text += ' ' + std::to_string(loop.extent) + ':' + std::to_string(loop.stride);
    }
    std::vector<T> from(static_cast<std::size_t>(last) + 1), to(static_cast<std::size_t>(elements) + 1, T(-1));
    std::iota(from.begin(), from.end(), T(1));
    std::vector<T> expected = naive_copy(from, std::span(loops));
    expected.push_back(T(-1));  // nothing is written behind
    reorder(loops, sizeof(T), from.data(), to.data());
    EXPECT_EQ(expected, to) << text;
}

TEST(Reorder, CopiesAnyLoops) {
    for (const std::int64_t rows : {1, 2, 15, 16, 17, 32, 49, 70}) {
        for (const std::int64_t columns : {1, 3, 16, 33, 64}) {
            for (const std::int64_t spacing : {1, 2}) {
                expect_copy<float>({{rows, spacing}, {columns, rows * spacing}});
                expect_copy<double>({{rows, spacing}, {columns, rows * spacing}});
                expect_copy<float>({{rows, columns * spacing}, {columns, spacing}});
                expect_copy<float>({{3, rows * columns}, {rows, spacing}, {columns, rows * spacing}});
            }
        }
    }
    expect_copy<float>({{18, 1}});
    Random random(7);
    for (int i = 0; i < 500; ++i) {
        std::vector<TensorLoop> loops(static_cast<std::size_t>(2 + random.below(4)));
        std::int64_t stride = 1 + random.below(3);
        for (TensorLoop &loop : loops) {
            loop = {2 + random.below(loops.size() > 3 ? 8 : 20), stride};
            stride *= loop.extent + (random.chance(0.3) ? random.below(3) : 0);
        }
        random.shuffle(loops);
        expect_copy<float>(loops);
        expect_copy<double>(loops);
    }
}

TEST(Reorder, GivesLayoutsTheStridesOfTheCopy) {
    const auto call = [](std::string_view text, std::string_view params, const Extents &shape,
                         std::string_view memory) {
        return DryCall(parse(text, params), shape, {}, {.memory = memory}).layout();
    };
    const Layout image = call("b c h w -> b", "c h w", {2, 3, 4, 5}, "b h w c");
    EXPECT_EQ(image.signature(), "kR");
    EXPECT_TRUE(image.is_reordered(role_scale) && image.is_reordered(role_shift));
    EXPECT_EQ(image.groups[1].strides[role_scale], 1);
    const std::vector<TensorLoop> loops = {{4, 5}, {5, 1}, {3, 20}};
    EXPECT_TRUE(std::ranges::equal(image.loops_of(role_scale).all(), loops));
    // In x's order; along one reduced axis alone, whatever the kept ones are; without params.
    EXPECT_FALSE(call("b c h w -> b", "c h w", {2, 3, 4, 5}, "").is_reordered(role_scale));
    EXPECT_FALSE(call("b c h w -> b", "h w c", {2, 3, 4, 5}, "b h w c").is_reordered(role_scale));
    EXPECT_FALSE(call("b c h w -> b c", "h c", {2, 3, 4, 5}, "b h w c").is_reordered(role_scale));
    EXPECT_FALSE(call("b c h w -> b h w", "c b", {2, 3, 4, 5}, "").is_reordered(role_scale));
    EXPECT_FALSE(call("b c h w -> b", "", {2, 3, 4, 5}, "b h w c").is_reordered(role_scale));
    // An axis of length 1 has no place.
    EXPECT_FALSE(call("b c h w -> b", "c h w", {2, 3, 1, 1}, "b h w c").is_reordered(role_scale));
    EXPECT_FALSE(call("b c h w -> b", "c h w", {2, 3, 0, 5}, "b h w c").is_reordered(role_scale));
    // A kept axis between reduced ones keeps them apart, even of length 1.
    for (const std::int64_t b : {1, 2}) {
        EXPECT_EQ(call("b c h w -> b", "c h w", {b, 3, 4, 5}, "h w b c").signature(), b == 1 ? "RR" : "RkR");
    }
}

// Of the same values in any order of scale and shift.
TEST(Reorder, LeavesTheResultAsItIs) {
    const Shape shape = {3, 20, 7, 6}, params = {20, 7, 6};
    for (const DType dtype : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
        for (const std::int64_t spacing : {1, 3}) {
            Tensor x(shape, {.order = {0, 2, 3, 1}}, dtype);
            x.fill(normal(x.count(), 1, 2, 81, dtype));
            const Values scales = normal(product(params), 1, 0.5, 82, dtype),
                         shifts = normal(product(params), 0, 1, 83, dtype);
            std::vector<int> order = {0, 1, 2};
            Values expected;
            do {
                Tensor y(shape, {.order = {0, 2, 3, 1}}, dtype);
                Tensor scale(params, {.order = order, .spacing = spacing}, dtype),
                    shift(params, {.order = {1, 2, 0}}, dtype);
                scale.fill(scales);
                shift.fill(shifts);
                for (int again = 0; again < 2; ++again) {
                    normalize("b c h w -> b", "c h w", x.view(), y.out(),
                              {.scale = scale.view(), .shift = shift.view()});
                }
                const Values x_values = x.get(), scale_values = scale.get(), shift_values = shift.get();
                EXPECT_TRUE(y_close(y.get(),
                                    by_pattern("b c h w -> b", "c h w", shape, {}, x_values,
                                               {.scale = &scale_values, .shift = &shift_values}),
                                    Tolerance().of({dtype, dtype})))
                    << name_of(dtype);
                EXPECT_TRUE(y.guards_intact() && same_bits(scales, scale_values) && same_bits(shifts, shift_values));
                expected = expected.empty() ? y.get() : expected;
                EXPECT_TRUE(same_bits(expected, y.get())) << name_of(dtype);
            } while (std::next_permutation(order.begin(), order.end()));
        }
    }
}

TEST(Reorder, DoesNotDependOnOtherGroups) {
    for (const std::vector<int> &order : std::vector<std::vector<int>>{{0, 2, 3, 1}, {2, 3, 1, 0}, {2, 3, 0, 1}}) {
        Values expected;
        for (const std::int64_t b : {40, 2, 1}) {
            const Shape shape = {b, 20, 7, 6};
            Tensor x(shape, {.order = order}), y(shape, {.order = order}), scale({20, 7, 6}), shift({20, 7, 6});
            Values all = normal(40 * 840, 1, 2, 84);
            all.resize(static_cast<std::size_t>(b) * 840);
            x.fill(all);
            scale.fill(normal(840, 1, 0.5, 85));
            shift.fill(normal(840, 0, 1, 86));
            normalize("b c h w -> b", "c h w", x.view(), y.out(), {.scale = scale.view(), .shift = shift.view()});
            Values first = y.get();
            first.resize(840);
            expected = expected.empty() ? first : expected;
            EXPECT_TRUE(same_bits(expected, first)) << b;
        }
    }
}

TEST(Reorder, OverlapIsThatOfTheTensorItself) {
    Floats memory(4000);
    const Extents shape{2, 3, 4, 5}, channels_last{60, 1, 15, 3};
    const ConstTensorView x(memory.data(), shape, channels_last);
    const TensorView y(memory.data() + 1000, shape, channels_last);
    const auto run = [&](std::int64_t at) {
        // Elements of scale reach over 2 * 59 + 1.
        normalize("b c h w -> b", "c h w", x, y, {.scale = {memory.data() + at, {3, 4, 5}, {40, 10, 2}}});
    };
    run(1000 - 119);
    run(1120);
    EXPECT_THROW(run(1000 - 118), Error);
    EXPECT_THROW(run(1119), Error);
}

}  // namespace
}  // namespace axnorm::test

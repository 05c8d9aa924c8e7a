// The normalizations of the note against their hand-written references, in every storage order; and the two kinds of
// references against each other.
#include "systems.h"

#include <gtest/gtest.h>

#include <numeric>

#include "reference/pattern_reference.h"

namespace axnorm::test {
namespace {

void expect_as_expected(Call &call) {
    const Expected expected = call.expected();
    call.run();
    EXPECT_TRUE(y_close(call.y.get(), expected));
    EXPECT_TRUE(mean_close(call.mean.get(), expected));
    EXPECT_TRUE(rstd_close(call.rstd.get(), expected));
    EXPECT_TRUE(call.y.guards_intact() && call.mean.guards_intact() && call.rstd.guards_intact());
}

TEST(References, Agree) {
    for (const System &system : systems()) {
        SCOPED_TRACE(system.name);
        Call call(system, system.shape(3, 6, 4, 5), 3, normal(360, 5, 2, 1));
        const Expected by_loops = call.expected();
        const Values scale = call.scale.get(), shift = call.shift.get();
        const Expected by_name =
            by_pattern(system.text, system.params, call.x.shape(), system.has_groups ? Lengths{{"g", 3}} : Lengths{},
                       call.x.get(), {.scale = &scale, .shift = &shift, .eps = call.options.eps});
        EXPECT_EQ(by_loops.statistics_shape, by_name.statistics_shape);
        for (std::size_t i = 0; i < by_loops.y.size(); ++i) {
            ASSERT_NEAR(by_loops.y[i], by_name.y[i], 1e-13);
        }
        for (std::size_t i = 0; i < by_loops.mean.size(); ++i) {
            ASSERT_NEAR(by_loops.mean[i], by_name.mean[i], 1e-13);
            ASSERT_NEAR(by_loops.rstd[i], by_name.rstd[i], 1e-13);
        }
    }
}

// A reference that is wrong in the same way as the kernels proves nothing: one case by hand.
TEST(References, ByHand) {
    const Values x = {1, 3, 5, 9}, scale = {2, 10}, shift = {100, 200};
    const Expected e = by_pattern("b c -> b", "c", {2, 2}, {}, x, {.scale = &scale, .shift = &shift, .eps = 3});
    EXPECT_EQ(e.mean, (std::vector<double>{2, 7}));
    EXPECT_DOUBLE_EQ(e.rstd[0], 0.5);
    EXPECT_DOUBLE_EQ(e.rstd[1], 1 / std::sqrt(7.0));
    EXPECT_DOUBLE_EQ(e.y[0], -1.0 * 0.5 * 2 + 100);
    EXPECT_DOUBLE_EQ(e.y[1], 1.0 * 0.5 * 10 + 200);
    EXPECT_DOUBLE_EQ(e.y[3], 2.0 / std::sqrt(7.0) * 10 + 200);
    const Expected batch = batch_nchw({1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 1, 2}, {.eps = 0});
    EXPECT_EQ(batch.mean, (std::vector<double>{3.5, 5.5}));  // of 1 2 5 6, and of 3 4 7 8
    EXPECT_DOUBLE_EQ(batch.rstd[0], 1 / std::sqrt(4.25));
}

TEST(Systems, InEveryStorageOrder) {
    for (const System &system : systems()) {
        const Shape shape = system.shape(3, 6, 4, 11);
        const Values x = normal(product(shape), 5, 2, 2);
        std::vector<int> order = {0, 1, 2, 3};
        do {
            // x and y alike, x as shaped, x in the opposite order.
            for (const std::vector<int> &x_order :
                 {order, {0, 1, 2, 3}, std::vector<int>(order.rbegin(), order.rend())}) {
                Call call(system, shape, 3, x, {.order = order});
                call.x = Tensor(shape, {.order = x_order});
                call.x.fill(x);
                SCOPED_TRACE(system.name + " x strides " + to_string(call.x.strides()) + " y strides " +
                             to_string(call.y.strides()));
                expect_as_expected(call);
            }
        } while (std::next_permutation(order.begin(), order.end()) && !testing::Test::HasFailure());
    }
}

TEST(Systems, PaddedSlicedAndMisaligned) {
    for (const System &system : systems()) {
        const Shape shape = system.shape(3, 6, 5, 8);
        for (const Storage &storage : std::vector<Storage>{{.padding = {0, 0, 0, 3}},
                                                           {.padding = {1, 2, 0, 0}},
                                                           {.padding = {0, 6, 5, 8}, .offset = 3},
                                                           {.spacing = 3},
                                                           {.byte_offset = 1},
                                                           {.offset = 1, .byte_offset = 2}}) {
            Call call(system, shape, 3, normal(product(shape), 5, 2, 3), storage);
            SCOPED_TRACE(system.name + " strides " + to_string(call.x.strides()));
            expect_as_expected(call);
        }
    }
}

TEST(Systems, AtTheShapesOfTheNote) {
    const std::vector<std::tuple<int, Shape, std::int64_t, double>> cases = {{1, {16, 30, 40, 3}, 1, 1e-10},
                                                                             {2, {6, 3, 20, 20}, 1, 1e-12},
                                                                             {3, {6, 3, 20, 20}, 1, 1e-12},
                                                                             {5, {6, 6, 20, 20}, 3, 1e-12}};
    for (const auto &[index, shape, groups, eps] : cases) {
        Call call(systems()[static_cast<std::size_t>(index)], shape, groups, normal(product(shape), 0, 1, 4));
        SCOPED_TRACE(call.system.name);
        call.options.eps = eps;
        expect_as_expected(call);
        call.options.scale = call.options.shift = {};
        expect_as_expected(call);
    }
}

// The params of group norm by element of a group, by channel in two dimensions, by position too.
TEST(Systems, ParamsOfGroupNorm) {
    const Shape shape = {2, 6, 4, 5};
    const Values x = normal(product(shape), 5, 2, 5);
    for (const std::string params : {"(g n)", "g n", "n g", "n", "g", "(g n) h w", "w h", "b g n h w", "(b g) 1"}) {
        SCOPED_TRACE(params);
        const Shape of_params = params_shape("b (g n) h w -> b g", params, shape, {{"g", 3}});
        const Values scale = normal(product(of_params), 1, 0.5, 6), shift = normal(product(of_params), 0, 1, 7);
        const Expected expected =
            by_pattern("b (g n) h w -> b g", params, shape, {{"g", 3}}, x, {.scale = &scale, .shift = &shift});
        const Floats x_data = floats(x), scale_data = floats(scale), shift_data = floats(shift);
        Floats y(x.size());
        normalize("b (g n) h w -> b g", params, {x_data.data(), extents(shape)}, {y.data(), extents(shape)},
                  {.scale = {scale_data.data(), extents(of_params)}, .shift = {shift_data.data(), extents(of_params)}},
                  {{"g", 3}});
        EXPECT_TRUE(y_close(values(y), expected));
    }
}

}  // namespace
}  // namespace axnorm::test

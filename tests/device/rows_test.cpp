// Statistic groups of every length that a kernel for GPUs makes a difference of, in every dtype: with whole vectors at
// aligned addresses and not, alone and among others, with mean and rstd and without.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "../long_tests.h"
#include "device_call.h"

namespace axnorm::test {
namespace {

// Around the ends of a lane's vectors, a warp's, and of what each kernel takes; multiples of 8 are whole vectors in
// every dtype.
const std::vector<std::int64_t> lengths_of_rows = {
    2,    3,    7,    8,    31,   32,   33,   128,   250,   256,   257,   504,   1000,  1023,  1024,  1025,  1032, 2048,
    4093, 4096, 4097, 4104, 8192, 8200, 9999, 16384, 16392, 25088, 26623, 26624, 26632, 32768, 40000, 53248, 53256};

// Long rows take the stand-in for the driver a second each: there three kinds in turn at each length, so that
// neighbours in the list, which are about the same end, have them all.
std::vector<Kind> kinds_in_turn(const std::vector<Kind> &kinds, std::size_t turn) {
    std::vector<Kind> some;
    for (std::size_t i = 3 * turn; some.size() < std::min<std::size_t>(3, kinds.size()); ++i) {
        some.push_back(kinds[i % kinds.size()]);
    }
    return some;
}

TEST(DeviceRows, OfEveryLength) {
    const std::vector<Kind> kinds = kinds_of("kR");
    for (std::size_t i = 0; i < lengths_of_rows.size(); ++i) {
        const std::int64_t length = lengths_of_rows[i];
        for (const Kind &kind : length > 1100 && !long_tests() ? kinds_in_turn(kinds, i) : kinds) {
            const std::int64_t count = length > 5000 ? 2 : length > 300 ? 5 : 45;
            DeviceCall call{layer_norm, {count, length}, kind.dtypes, kind.statistic};
            call.narrow_params = length % 3 == 0;
            call.with_statistics = length % 5 != 0;
            call.with_scale = call.with_shift = length % 7 != 0;
            call.in_place = length % 2 == 0 && kind.dtypes.x == kind.dtypes.y;
            SCOPED_TRACE(call.describe());
            call.run();
            call.expect_as_the_reference();
        }
    }
}

// Each shape times a length of the last dimension.
void expect_rows_of(const Normalization &norm, const std::string &signature, const Shape &shape) {
    for (const Kind &kind : kinds_of(signature)) {
        for (const std::int64_t length : {1, 5, 8, 49, 64, 333, 1024, 5000, 12544}) {
            DeviceCall call{norm, {shape[0], shape[1], shape[2] * length}, kind.dtypes, kind.statistic};
            call.narrow_params = length % 2 == 0;
            call.with_scale = call.with_shift = length != 49;
            SCOPED_TRACE(call.describe());
            call.run();
            call.expect_as_the_reference();
        }
    }
}

TEST(DeviceRows, OfInstances) {
    expect_rows_of(instance_norm, "kKr", {3, 6, 1});
}

TEST(DeviceRows, OfGroups) {
    expect_rows_of(group_norm, "kKRr", {3, 6, 1});
}

TEST(DeviceRows, OfHeads) {
    expect_rows_of(heads, "kKR", {2, 3, 5});
}

// A vector for each row: in shared memory groups take several times the bytes of their elements.
TEST(DeviceRows, ShorterThanVectors) {
    for (const Kind &kind : kinds_of("kKRr")) {
        for (const std::int64_t channels : {2000, 6000, 16000}) {
            DeviceCall call{group_norm, {1, 3 * channels, 2}, kind.dtypes, kind.statistic};
            SCOPED_TRACE(call.describe());
            call.run();
            call.expect_as_the_reference();
        }
    }
}

// Kernels have loops of their own for each case, with vectors and without.
TEST(DeviceRows, WithScaleOrShiftAlone) {
    for (const Kind &kind : kinds_of("kR")) {
        for (const std::int64_t length : {9, 64, 1024, 4096, 8192, 40000}) {
            for (const auto &[scale, shift, narrow] : {std::tuple{true, false, false},
                                                       {false, true, false},
                                                       {true, false, true},
                                                       {false, true, true},
                                                       {false, false, false}}) {
                DeviceCall call{layer_norm, {2, length}, kind.dtypes, kind.statistic};
                call.with_scale = scale;
                call.with_shift = shift;
                call.narrow_params = narrow;
                SCOPED_TRACE(call.describe() + (scale ? " scale" : "") + (shift ? " shift" : ""));
                call.run();
                call.expect_as_the_reference();
            }
        }
    }
}

// The mean is kept as a pair: at 1e4 a single float is off by 1e-3.
TEST(DeviceRows, OfALargeMean) {
    for (const Kind &kind : kinds_of("kR")) {
        for (const std::int64_t length : {96, 1024, 4096, 16384, 50000}) {
            DeviceCall call{layer_norm, {3, length}, kind.dtypes, kind.statistic};
            call.mean = 1e4;
            if (size_of(kind.dtypes.x) >= 4 && kind.statistic == Statistic::mean_var) {
                SCOPED_TRACE(call.describe());
                call.run();
                call.expect_as_the_reference();
            }
        }
    }
}

// Alone, among others, with vectors and without: a group's bits do not depend on it.
TEST(DeviceRows, HaveTheSameBitsEverywhere) {
    for (const Kind &kind : kinds_of("kR")) {
        for (const std::int64_t length : {200, 1024, 3000, 8192, 33000}) {
            DeviceCall many{layer_norm, {9, length}, kind.dtypes, kind.statistic};
            many.run();
            SCOPED_TRACE(many.describe());
            DeviceCall one = many, odd = many;
            one.shape = {1, length};
            one.run();
            odd.storage.padding = {0, 1};  // rows begin anywhere
            odd.storage.offset = 1;
            odd.run();
            const Values all = many.y.get(), first = one.y.get();
            EXPECT_TRUE(std::ranges::equal(first, std::span(all).first(first.size())));
            EXPECT_TRUE(same_bits(all, odd.y.get()));
            EXPECT_TRUE(same_bits(many.rstd_out.get(), odd.rstd_out.get()));
        }
    }
}

// A NaN and an infinity stay in their group.
TEST(DeviceRows, KeepSpecialValuesInTheirGroup) {
    for (const double special : {std::nan(""), static_cast<double>(INFINITY)}) {
        for (const std::int64_t length : {64, 1024, 4096, 40000}) {
            const Shape shape{3, length};
            Tensor x(shape), y(shape);
            Values values = normal(x.count(), 0, 1, 3);
            values[static_cast<std::size_t>(length + length / 2)] = special;
            x.fill(values);
            OnDevice memory;
            normalize("b c -> b", "", memory.view(x), memory.out(y));
            memory.fetch();
            const Expected expected = by_pattern("b c -> b", "", shape, {}, values);
            EXPECT_TRUE(y_close(y.get(), expected)) << special << " in rows of " << length;
        }
    }
}

// A GPU takes no element across its bounds.
TEST(DeviceRows, ThatBeginWithinAnElementAreRefused) {
    const Tensor x({2, 8}), y({2, 8}, {.byte_offset = 2});
    OnDevice memory;
    try {
        normalize("b c -> b", "", memory.view(x), memory.out(y));
        ADD_FAILURE() << "it was not refused";
    } catch (const Error &error) {
        EXPECT_NE(std::string(error.what()).find("y of float32 does not begin at a multiple of 4 bytes"),
                  std::string::npos)
            << error.what();
    }
    EXPECT_TRUE(y.untouched());
}

// mean and rstd of no elements.
TEST(DeviceRows, WithoutElementsAreNaN) {
    for (const Shape &shape : {Shape{4, 0}, Shape{4, 0, 5}, Shape{4, 5, 0}}) {
        const bool is_two = shape.size() == 3;
        const Tensor x(shape), y(shape), mean({4}), rstd({4});
        OnDevice memory;
        normalize(is_two ? "b c s -> b" : "b c -> b", is_two ? "c" : "", memory.view(x), memory.out(y),
                  {.mean = memory.out(mean), .rstd = memory.out(rstd)});
        memory.fetch();
        for (std::size_t i = 0; i < 4; ++i) {
            EXPECT_TRUE(std::isnan(mean.get()[i]) && std::isnan(rstd.get()[i]));
        }
    }
}

}  // namespace
}  // namespace axnorm::test

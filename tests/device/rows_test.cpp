// Statistic groups of every length that a kernel for GPUs makes a difference of, in every dtype: with whole vectors at
// aligned addresses and not, alone and among others, with mean and rstd and without.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "backend.h"
#include "pattern_reference.h"

namespace axnorm::test {
namespace {

struct Normalization {
    std::string text, params;
    Lengths lengths;
};

// A call on the device, beside its reference.
struct DeviceCall {
    Normalization norm;
    Shape shape;
    DTypePair dtypes;
    Statistic statistic = Statistic::mean_var;
    Storage storage{};
    bool with_scale = true, with_shift = true, with_statistics = true, narrow_params = false, in_place = false;
    double mean = 3;
    Values x_values{}, scale_values{}, shift_values{}, given_mean{}, given_rstd{};
    Tensor x{}, y{}, scale{}, shift{}, mean_out{}, rstd_out{};

    void run() {
        const DType computed = statistics_dtype(dtypes.x), of_params = narrow_params ? dtypes.x : computed;
        const Shape of_scale = params_shape(norm.text, norm.params, shape, norm.lengths);
        const Shape of_mean = right_side_shape(norm.text, shape, norm.lengths);
        x = Tensor(shape, storage, dtypes.x);
        y = in_place ? x : Tensor(shape, storage, dtypes.y);
        x_values = normal(x.count(), mean, 2, 11, dtypes.x);
        x.fill(x_values);
        scale = Tensor(of_scale, {}, of_params);
        shift = Tensor(of_scale, {}, of_params);
        scale.fill(scale_values = normal(scale.count(), 1, 0.5, 12, of_params));
        shift.fill(shift_values = normal(shift.count(), 0, 1, 13, of_params));
        mean_out = Tensor(of_mean, {}, computed);
        rstd_out = Tensor(of_mean, {}, computed);
        given_mean = normal(mean_out.count(), mean, 0.1, 14, computed);
        given_rstd = normal(rstd_out.count(), 2, 0.1, 15, computed);
        if (statistic == Statistic::given) {
            mean_out.fill(given_mean);
            rstd_out.fill(given_rstd);
        }
        OnDevice memory;
        Options options{.statistic = statistic};
        if (with_scale) {
            options.scale = memory.view(scale);
        }
        if (with_shift) {
            options.shift = memory.view(shift);
        }
        if (statistic == Statistic::given) {
            options.given_mean = memory.view(mean_out);
            options.given_rstd = memory.view(rstd_out);
        } else if (with_statistics) {
            options.mean = statistic == Statistic::rms ? TensorView() : memory.out(mean_out);
            options.rstd = memory.out(rstd_out);
        }
        std::vector<NamedLength> named;
        for (const auto &[name, length] : norm.lengths) {
            named.push_back({name, length});
        }
        normalize(parse(norm.text, norm.params), memory.view(x), memory.out(y), options, named);
        memory.fetch();
    }

    void expect_as_the_reference() const {
        ReferenceOptions options{.statistic = statistic};
        options.scale = with_scale ? &scale_values : nullptr;
        options.shift = with_shift ? &shift_values : nullptr;
        if (statistic == Statistic::given) {
            options.given_mean = &given_mean;
            options.given_rstd = &given_rstd;
        }
        const Expected expected = by_pattern(norm.text, norm.params, shape, norm.lengths, x_values, options);
        const Tolerance tolerance = Tolerance().of(dtypes);
        EXPECT_TRUE(y_close(y.get(), expected, tolerance));
        EXPECT_TRUE(x.guards_intact() && y.guards_intact() && mean_out.guards_intact() && rstd_out.guards_intact());
        if (statistic == Statistic::given) {
            return;
        }
        EXPECT_TRUE(with_statistics || (mean_out.untouched() && rstd_out.untouched()));
        if (with_statistics) {
            EXPECT_TRUE(statistic == Statistic::rms || mean_close(mean_out.get(), expected, tolerance));
            EXPECT_TRUE(rstd_close(rstd_out.get(), expected, tolerance));
        }
    }

    std::string describe() const {
        return norm.text + " " + test::to_string(shape) + " " + name_of(dtypes) + " " + name_of(statistic);
    }
};

const Normalization layer_norm{"b c -> b", "c", {}}, instance_norm{"b c s -> b c", "c", {}},
    group_norm{"b (g n) s -> b g", "(g n)", {{"g", 3}}}, heads{"b t (h d) -> b t h", "(h d)", {{"h", 5}}};

// The statistics and dtypes that there is an exact kernel of this normalization for.
struct Kind {
    Statistic statistic;
    DTypePair dtypes;
};
std::vector<Kind> kinds_of(const std::string &signature) {
    std::vector<Kind> kinds;
    for (const Kernel *kernel : kernels()) {
        const bool is_new = std::ranges::none_of(kinds, [&](const Kind &kind) {
            return kind.statistic == kernel->statistic && kind.dtypes == kernel->dtypes;
        });
        if (is_new && kernel->device == device_under_test && kernel->signature == signature) {
            kinds.push_back({kernel->statistic, kernel->dtypes});
        }
    }
    return kinds;
}

// Around the ends of a lane's vectors, a warp's, and of what each kernel takes; multiples of 8 are whole vectors in
// every dtype.
const std::vector<std::int64_t> lengths_of_rows = {2,    3,    7,    8,    31,   32,    33,    128,   250,  256,
                                                   257,  504,  1000, 1023, 1024, 1025,  1032,  2048,  4093, 4096,
                                                   4097, 4104, 8192, 8200, 9999, 16384, 16392, 32768, 40000};

TEST(DeviceRows, OfEveryLength) {
    const std::vector<Kind> kinds = kinds_of("kR");
    ASSERT_FALSE(kinds.empty());
    for (const Kind &kind : kinds) {
        for (const std::int64_t length : lengths_of_rows) {
            DeviceCall call{layer_norm, {length > 5000 ? 2 : 11, length}, kind.dtypes, kind.statistic};
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

TEST(DeviceRows, OfSeveralAxes) {
    for (const auto &[norm, signature] : {std::pair{instance_norm, "kKr"}, {group_norm, "kKRr"}, {heads, "kKR"}}) {
        for (const Kind &kind : kinds_of(signature)) {
            for (const std::int64_t length : {1, 5, 8, 49, 64, 333, 1024, 5000}) {
                const bool is_heads = norm.text == heads.text;
                const Shape shape = is_heads ? Shape{2, 3, 5 * length} : Shape{3, 6, length};
                DeviceCall call{norm, shape, kind.dtypes, kind.statistic};
                call.narrow_params = length % 2 == 0;
                call.with_scale = call.with_shift = length != 49;
                SCOPED_TRACE(call.describe());
                call.run();
                call.expect_as_the_reference();
            }
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

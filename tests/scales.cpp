#include "scales.h"

#include <cmath>
#include <sstream>

#include "any_scale.h"

namespace axnorm::test {

namespace {
constexpr Statistic mean_var = Statistic::mean_var, rms = Statistic::rms, given = Statistic::given;

// Numbers that are large or small for a dtype, by what becomes of their squares: `large` ones overflow, and so do means
// of fourth powers of `huge` ones; `small` ones vanish; `least` is not normal.
struct Range {
    double large, huge, most, small, least;
};

Range range_of(DType dtype) {
    switch (dtype) {
        case DType::float64: return {1e200, 1e300, std::numeric_limits<double>::max(), 1e-200, 1e-310};
        case DType::float16: return {1e2, 1e4, 65504, 1e-4, 2e-7};
        case DType::bfloat16: return {1e19, 1e30, 0x1.fep127, 1e-25, 1e-40};
        case DType::float32: return {1e19, 1e30, std::numeric_limits<float>::max(), 1e-25, 1e-40};
    }
    return {};
}

Values times(double factor, Values values) {
    for (double &value : values) {
        value *= factor;
    }
    return values;
}

const Values steps = {1, 2, 3, 4}, of_steps = {-1.3416408, -0.4472136, 0.4472136, 1.3416408};

std::vector<Scales> of_large_x(const Range &r) {
    const double far = r.most / 4;  // with neighbours in the last places of any dtype
    return {
        {.name = "large", .x = times(r.large, steps), .y = of_steps, .rstd = {0.8944272 / r.large}},
        {.name = "huge", .x = times(r.huge, steps), .y = of_steps, .rstd = {0.8944272 / r.huge}},
        {.name = "alternating", .x = {0.88 * r.most, -0.88 * r.most}, .y = {1, -1}},
        {.name = "rms_of_large",
         .x = times(3 * r.large, {3, 4}),
         .statistic = rms,
         .eps = 1e-6,
         .y = {0.8485281, 1.1313708}},
        {.name = "rms_of_most", .x = {r.most, -r.most, 0.5 * r.most}, .statistic = rms},
        {.name = "large_uneven", .x = times(10 * r.large, {1, 2, 3.75, 4})},
        {.name = "one_of_most", .x = {0, 0, 0, 0, 0, 0, r.most}},
        {.name = "from_least_to_most", .x = {r.most, r.least, -r.least, 0, -r.most, 1}},
        {.name = "beside_large", .x = times(far, {1, 1.0078125, 1.015625, 1.0078125})},
        {.name = "constant_most", .x = {r.most}, .rstd = {316.22777}},
        {.name = "constant_nearly_most", .x = {0.88 * r.most}, .rstd = {316.22777}},
        {.name = "constant_negative", .x = {-0.3 * r.most}, .rstd = {316.22777}},
        {.name = "constant_huge", .x = {r.huge}, .rstd = {316.22777}},
        {.name = "constant_large", .x = {1.1 * r.large}, .rstd = {316.22777}},
    };
}

std::vector<Scales> of_small_x(const Range &r) {
    return {
        {.name = "rms_of_small",
         .x = times(100 * r.small, {1, -1, 1, -1}),
         .statistic = rms,
         .eps = 0,
         .y = {1, -1, 1, -1}},
        {.name = "rms_of_least", .x = times(r.least, {1, -2, 1}), .statistic = rms, .eps = 0},
        {.name = "small", .x = times(r.small, steps), .eps = 0},
        {.name = "least", .x = times(r.least, steps), .eps = 0},
        {.name = "small_with_eps", .x = times(r.small, steps)},
        {.name = "beside_small", .x = times(r.small, {1, 1.0078125, 1.015625, 1.0078125}), .eps = 0},
        {.name = "constant_least", .x = {r.least}},
    };
}

// `stat` is the range of what scale, shift, mean and rstd are.
std::vector<Scales> of_params(const Range &r, const Range &stat) {
    const double large = std::sqrt(stat.huge) * std::sqrt(stat.large), small = 1 / large;
    return {
        {.name = "constant_with_most_scale", .x = {5}, .scale = 0.88 * stat.most, .shift = 7},
        {.name = "small_with_most_scale", .x = times(r.small, steps), .scale = 0.88 * stat.most, .shift = 7},
        {.name = "large_with_least_scale", .x = times(r.large, steps), .scale = stat.least, .shift = 0},
        {.name = "small_with_least_scale", .x = times(r.small, steps), .eps = 0, .scale = 10 * stat.least, .shift = 0},
        {.name = "huge_with_small_scale", .x = times(r.huge, steps), .scale = stat.small, .shift = stat.small},
        {.name = "ordinary_with_most_shift", .x = steps, .shift = -0.88 * stat.most},
        {.name = "rms_with_most_scale",
         .x = times(r.small, {1, -1, 2, 3}),
         .statistic = rms,
         .eps = 1,
         .scale = 0.88 * stat.most,
         .shift = 1},
        {.name = "given_where_x_is_mean",
         .x = {5},
         .statistic = given,
         .scale = large,
         .shift = 7,
         .given_mean = 5,
         .given_rstd = large},
        {.name = "given_small", .x = {r.most / 3}, .statistic = given, .scale = small, .shift = 0, .given_rstd = small},
        {.name = "given_far_mean",
         .x = times(r.most / 5, steps),
         .statistic = given,
         .given_mean = -r.most / 5,
         .given_rstd = 1 / r.most},
        {.name = "given_least", .x = times(r.least, steps), .statistic = given, .shift = 0, .given_rstd = stat.large},
    };
}

std::vector<Scales> of_eps(const Range &r) {
    return {
        {.name = "eps_1e_80", .x = {0.5}, .eps = 1e-80},
        {.name = "eps_1e_300", .x = {0.5}, .eps = 1e-300},
        {.name = "eps_least", .x = {0.5}, .eps = std::numeric_limits<double>::denorm_min()},
        {.name = "eps_1e_80_of_steps", .x = steps, .eps = 1e-80},
        {.name = "eps_1e30", .x = steps, .eps = 1e30},
        {.name = "eps_1e300", .x = steps, .eps = 1e300},
        {.name = "eps_most", .x = steps, .eps = std::numeric_limits<double>::max()},
        {.name = "eps_1e40_of_large", .x = times(r.large, steps), .eps = 1e40},
        {.name = "eps_1e300_of_huge", .x = times(r.huge, steps), .eps = 1e300},
        {.name = "rms_eps_1e_80", .x = {0, 0, 0, 1}, .statistic = rms, .eps = 1e-80},
        {.name = "rms_eps_1e300", .x = steps, .statistic = rms, .eps = 1e300},
    };
}
}  // namespace

std::vector<Scales> scales_of(DType dtype) {
    const Range range = range_of(dtype);
    std::vector<Scales> all = of_large_x(range);
    for (const std::vector<Scales> &more :
         {of_small_x(range), of_params(range, range_of(statistics_dtype(dtype))), of_eps(range)}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

std::string Place::describe() const {
    std::ostringstream out;
    out << '"' << text << "\", " << to_string(shape) << ' ' << storage;
    return out.str();
}

const std::vector<Place> &small_places() {
    const Storage nhwc{.order = {0, 2, 3, 1}}, padded{.padding = {0, 3}}, spaced{.spacing = 2};
    static const std::vector<Place> all = {
        {"b c -> b", "c", {3, 4}},
        {"b c -> b", "c", {5, 100}, padded},
        {"b c -> b", "c", {5, 36}, spaced, {}, 2},
        {"b c -> c", "c", {4, 3}},
        {"b c -> c", "c", {100, 40}, padded},
        {"b c -> b", "", {2, 2049}},
        {"b c h w -> c", "c", {4, 3, 5, 7}},
        {"b c h w -> c", "c", {4, 3, 5, 7}, nhwc},
        {"b c h w -> c", "c", {4, 33, 2, 3}, nhwc, {}, 3},
        {"b c h w -> b", "c h w", {4, 6, 2, 5}},
        {"b c h w -> b", "c h w", {4, 6, 2, 5}, nhwc},
        {"b c h w -> b h w", "c", {2, 8, 3, 7}},
        {"b c h w -> b h w", "c", {2, 8, 3, 7}, nhwc},
        {"b c h w -> b c", "c", {2, 3, 4, 9}},
        {"b c h w -> b c", "c", {2, 3, 4, 9}, nhwc},
        {"b c h w -> b c", "c", {2, 40, 4, 9}, nhwc},
        {"b (g n) h w -> b g", "(g n)", {2, 12, 4, 5}, {}, {{"g", 3}}},
        {"b (g n) h w -> b g", "(g n)", {2, 12, 4, 5}, nhwc, {{"g", 3}}},
        {"b (g n) h w -> b g", "(g n)", {2, 18, 4, 5}, nhwc, {{"g", 2}}},
        {"b (g n) h w -> b g", "(g n)", {1, 100, 2, 5}, nhwc, {{"g", 2}}},
        {"b t (h d) -> b t h", "d", {2, 3, 40}, {}, {{"d", 8}}},
        {"b t (h d) -> b t h", "(h d)", {2, 3, 40}, {}, {{"d", 8}}},
        {"a b c d -> b d", "a", {4, 3, 5, 2}, {.order = {3, 0, 1, 2}}},
    };
    return all;
}

// Neither the parts of a group nor what they are made of have equal lengths.
const std::vector<Place> &shared_places() {
    const Storage nhwc{.order = {0, 2, 3, 1}};
    static const std::vector<Place> all = {
        {"b c h w -> c", "c", {1, 4, 131, 157}},
        {"b c h w -> c", "c", {1, 4, 131, 157}, nhwc},
        {"b c h w -> b", "c h w", {1, 4, 131, 157}},
        {"b c h w -> b", "c h w", {1, 4, 131, 157}, nhwc},
        {"b c h w -> b c", "c", {1, 4, 131, 157}},
        {"b c h w -> b c", "c", {1, 4, 131, 157}, nhwc},
        {"b (g n) h w -> b g", "(g n)", {1, 4, 131, 157}, {}, {{"g", 2}}},
        {"b (g n) h w -> b g", "(g n)", {1, 4, 131, 157}, nhwc, {{"g", 2}}},
        {"b c -> b", "c", {2, 50021}},
    };
    return all;
}

void repeat_in(const StatisticGroups &groups, std::size_t group, const Values &x, Values &all) {
    std::size_t next = 0;
    groups.each(group, [&](std::size_t i, std::size_t) { all[i] = x[next++ % x.size()]; });
}

Values repeated(const StatisticGroups &groups, std::int64_t count, const Values &x) {
    Values all(static_cast<std::size_t>(count));
    for (std::size_t group = 0; group < static_cast<std::size_t>(groups.count()); ++group) {
        repeat_in(groups, group, x, all);
    }
    return all;
}

ScaledCall::ScaledCall(const Place &p, DTypePair dtypes, const Scales &scales, bool is_in_place)
    : place(p),
      in_place(is_in_place),
      x(p.shape, p.storage, dtypes.x),
      y(in_place ? x : Tensor(p.shape, p.storage, dtypes.y)) {
    const DType computed = statistics_dtype(dtypes.x);
    const Shape params = params_shape(place.text, place.params, place.shape, place.lengths),
                statistics = right_side_shape(place.text, place.shape, place.lengths);
    scale = Tensor(params, {.spacing = place.params_spacing}, computed);
    shift = Tensor(params, {.spacing = place.params_spacing}, computed);
    mean = Tensor(statistics, {}, computed);
    rstd = Tensor(statistics, {}, computed);
    options.statistic = scales.statistic;
    if (!place.params.empty()) {
        options.scale = scale.view();
        options.shift = shift.view();
    }
    if (scales.statistic == given) {
        options.given_mean = mean.view();
        options.given_rstd = rstd.view();
    } else {
        options.mean = scales.statistic == mean_var ? mean.out() : TensorView();
        options.rstd = rstd.out();
    }
    fill(scales);
}

ScaledCall::ScaledCall(const KernelCase &of, const Scales &scales)
    : place{.text = of.pattern.text, .params = of.pattern.params, .shape = of.shape},
      in_place(of.variant.in_place),
      x(of.x),
      y(of.y),
      scale(of.scale),
      shift(of.shift),
      mean(of.mean),
      rstd(of.rstd),
      options(of.options) {
    fill(scales);
}

void ScaledCall::fill(const Scales &scales) {
    options.eps = scales.eps;
    x.fill(repeated(groups(), x.count(), scales.x));
    x_values = x.get();
    const auto fill_all = [](Tensor &tensor, double all, double mean_value, double std_value, std::uint64_t seed) {
        const auto count = static_cast<std::size_t>(tensor.count());
        tensor.fill(std::isnan(all) ? normal(tensor.count(), mean_value, std_value, seed) : Values(count, all));
    };
    fill_all(scale, scales.scale, 1, 0.25, 7001);
    fill_all(shift, scales.shift, 0, 1, 7002);
    if (scales.statistic == given) {
        fill_all(mean, scales.given_mean, 0, 0, 0);
        fill_all(rstd, scales.given_rstd, 0, 0, 0);
    }
}

void ScaledCall::run() {
    x_values = x.get();
    std::vector<NamedLength> named;
    for (const auto &[name, length] : place.lengths) {
        named.push_back({name, length});
    }
    normalize(parse(place.text, place.params), x.view(), y.out(), options, named);
}

WideExpected ScaledCall::expected() const {
    const Values scales = scale.get(), shifts = shift.get(), means = mean.get(), rstds = rstd.get();
    return wide_by_pattern(place.text, place.params, place.shape, place.lengths, x_values,
                           {.scale = options.scale.present() ? &scales : nullptr,
                            .shift = options.shift.present() ? &shifts : nullptr,
                            .eps = options.eps,
                            .statistic = options.statistic,
                            .given_mean = options.given_mean.present() ? &means : nullptr,
                            .given_rstd = &rstds});
}

void ScaledCall::expect_right() const {
    const WideExpected right = expected();
    const Tolerance tolerance = Tolerance().of(dtypes());
    EXPECT_TRUE(y_right(y.get(), right, tolerance));
    if (options.mean.present()) {
        EXPECT_TRUE(mean_right(mean.get(), right, tolerance));
    }
    if (options.rstd.present()) {
        EXPECT_TRUE(rstd_right(rstd.get(), right, tolerance));
    }
    EXPECT_TRUE(in_place || same_bits(x.get(), x_values));
    EXPECT_TRUE(y.guards_intact() && mean.guards_intact() && rstd.guards_intact());
}

bool ScaledCall::has_bits_of(const ScaledCall &other) const {
    return same_bits(y.get(), other.y.get()) && same_bits(mean.get(), other.mean.get()) &&
           same_bits(rstd.get(), other.rstd.get());
}

}  // namespace axnorm::test

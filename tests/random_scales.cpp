#include "random_scales.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "any_scale.h"

namespace axnorm::test {

namespace {
double least(DType dtype) {
    switch (dtype) {
        case DType::float64: return 1e-290;  // means of subnormal doubles have no type that holds what they lose
        case DType::float32: return 0x1p-149;
        case DType::bfloat16: return 0x1p-133;
        case DType::float16: return 0x1p-24;
    }
    return 0;
}

double most(DType dtype) {
    switch (dtype) {
        case DType::float64: return 0x1.fffffffffffffp1023;
        case DType::float32: return 0x1.fffffep127;
        case DType::bfloat16: return 0x1.fep127;
        case DType::float16: return 65504;
    }
    return 0;
}

double log_uniform(Random &random, double low, double high) {
    return std::exp(std::log(low) + random.uniform() * (std::log(high) - std::log(low)));
}

void fill(Tensor &tensor, Values &values, const std::function<double()> &draw) {
    const double end = most(tensor.dtype());
    Values all(static_cast<std::size_t>(tensor.count()));
    for (double &value : all) {
        value = std::clamp(draw(), -end, end);
    }
    tensor.fill(all);
    values = tensor.get();
}
}  // namespace

RandomScales::RandomScales(RandomCase &of)
    : random_(of.seed ^ 0x5ca1e5),
      kind_(random_.one_of(std::vector<Kind>{Kind::normal, Kind::normal, Kind::normal, Kind::shifted, Kind::shifted,
                                             Kind::constant, Kind::each, Kind::outliers})) {
    draw_x(of);
    draw_eps(of);
    draw_params(of);
    if (of.statistic == Statistic::given) {
        draw_statistics(of);
    }
}

double RandomScales::any(DType dtype) {
    return log_uniform(random_, least(dtype), most(dtype));
}

void RandomScales::draw_x(RandomCase &of) {
    const DType dtype = of.x.dtype();
    std_ = any(dtype);
    mean_ = kind_ == Kind::shifted    ? std_ * log_uniform(random_, 1e-2, 1e7)
            : kind_ == Kind::constant ? signed_any(dtype)
            : random_.chance(0.7)     ? signed_any(dtype)
                                      : 0;
    const double other = any(dtype);
    fill(of.x, of.x_values, [&] {
        switch (kind_) {
            case Kind::constant: return mean_;
            case Kind::each: return signed_any(dtype);
            case Kind::outliers: return (random_.chance(0.02) ? other : std_) * random_.normal();
            default: return mean_ + std_ * random_.normal();
        }
    });
}

void RandomScales::draw_eps(RandomCase &of) {
    const double chance = random_.uniform();
    of.eps = chance < 0.2   ? 0
             : chance < 0.4 ? 1e-5
             : chance < 0.6 ? std::min(std_ * (std_ * log_uniform(random_, 1e-4, 1e4)), most(DType::float64))
             : chance < 0.8 ? any(DType::float32)
                            : any(DType::float64);
}

void RandomScales::draw_params(RandomCase &of) {
    const DType dtype = of.scale.dtype();
    scale_ = random_.chance(0.3) ? 1 : any(dtype);
    shift_ = random_.chance(0.3) ? 1 : random_.chance(0.3) ? 0 : any(dtype);
    const bool each = random_.chance(0.3);
    fill(of.scale, of.scale_values, [&] { return each ? signed_any(dtype) : scale_ * (1 + random_.normal() / 2); });
    fill(of.shift, of.shift_values, [&] { return each ? signed_any(dtype) : shift_ * random_.normal(); });
}

void RandomScales::draw_statistics(RandomCase &of) {
    const DType dtype = of.mean.dtype();
    const bool near = random_.chance(0.5), of_x = random_.chance(0.5);
    fill(of.mean, of.mean_values, [&] { return near ? mean_ + std_ * random_.normal() : signed_any(dtype); });
    fill(of.rstd, of.rstd_values, [&] { return of_x ? std::max(1 / std_, least(dtype)) : any(dtype); });
}

std::string RandomScales::describe() const {
    static const std::vector<std::string> names = {"normal", "shifted", "constant", "of any scale each", "outliers"};
    std::ostringstream out;
    out << "x " << names[static_cast<std::size_t>(kind_)] << ", mean " << mean_ << ", std " << std_ << ", scale "
        << scale_ << ", shift " << shift_;
    return out.str();
}

// Of elements of several scales, pivots are far and roundings add up (`far_pivot` of accuracy_test.cpp).
void RandomScales::expect_right(const RandomCase &c) const {
    const WideExpected right = wide_by_pattern(c.text, c.params, c.shape, c.lengths, c.x_values, c.reference_options());
    const bool is_mixed = kind_ == Kind::each || kind_ == Kind::outliers;
    const Tolerance tolerance =
        (is_mixed ? Tolerance{.y = 1e-5, .mean = 5e-6, .rstd = 1e-5} : Tolerance{.mean = 1e-6}).of(c.dtypes);
    EXPECT_TRUE(y_right(c.y.get(), right, tolerance));
    EXPECT_TRUE(c.in_place || same_bits(c.x.get(), c.x_values));
    EXPECT_TRUE(c.x.guards_intact() && c.y.guards_intact() && c.mean.guards_intact() && c.rstd.guards_intact());
    if (c.has_mean && c.statistic != Statistic::given) {
        EXPECT_TRUE(mean_right(c.mean.get(), right, tolerance));
    }
    if (c.has_rstd && c.statistic != Statistic::given) {
        EXPECT_TRUE(rstd_right(c.rstd.get(), right, tolerance));
    }
}

}  // namespace axnorm::test

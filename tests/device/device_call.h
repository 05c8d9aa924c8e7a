// A call on the device of a normalization of normally distributed values, and what it should come to.
//
//     DeviceCall call{layer_norm, {11, 1024}, {DType::bfloat16, DType::bfloat16}, Statistic::rms};
//     call.run();
//     call.expect_as_the_reference();
#pragma once

#include <string>
#include <vector>

#include "backend.h"
#include "reference.h"
#include "reference/pattern_reference.h"

namespace axnorm::test {

struct Normalization {
    std::string text, params;
    Lengths lengths;
};

inline const Normalization layer_norm{"b c -> b", "c", {}}, instance_norm{"b c s -> b c", "c", {}},
    group_norm{"b (g n) s -> b g", "(g n)", {{"g", 3}}}, heads{"b t (h d) -> b t h", "(h d)", {{"h", 5}}},
    batch_norm{"b c s -> c", "c", {}};

struct DeviceCall {
    Normalization norm;
    Shape shape;
    DTypePair dtypes;
    Statistic statistic = Statistic::mean_var;
    Storage storage{};
    bool with_scale = true, with_shift = true, with_statistics = true, narrow_params = false, in_place = false;
    double mean = 3;
    const Kernel *forced = nullptr;  // to run this one, and not the one that is chosen
    const Kernel *chosen = nullptr;  // by run()
    Values x_values{}, scale_values{}, shift_values{}, given_mean{}, given_rstd{};
    Tensor x{}, y{}, scale{}, shift{}, mean_out{}, rstd_out{};

    void run();
    void expect_as_the_reference() const;
    std::string describe() const;

  private:
    void make_tensors();
    Options options_in(OnDevice &memory) const;
    std::vector<NamedLength> lengths() const;
};

// The statistics and dtypes that there is an exact kernel of this signature for.
struct Kind {
    Statistic statistic;
    DTypePair dtypes;
};
std::vector<Kind> kinds_of(const std::string &signature);

}  // namespace axnorm::test

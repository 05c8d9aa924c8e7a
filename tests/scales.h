// Calls with numbers near the ends of a dtype's range: what goes in, by names, and calls that are filled with it.
//
//     for (const Scales &scales : scales_of(DType::float32)) {
//         ScaledCall call(place, {DType::float32, DType::float32}, scales);
//         call.run();
//         call.expect_right();
//     }
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "kernel_case.h"
#include "reference/pattern_reference.h"

namespace axnorm::test {

// What a call is given. Params that are NaN here are ordinary ones, each another.
struct Scales {
    std::string name;
    Values x;  // of each statistic group, from its first element on, again and again
    Statistic statistic = Statistic::mean_var;
    double eps = 1e-5;
    double scale = std::numeric_limits<double>::quiet_NaN(), shift = scale;
    double given_mean = 0, given_rstd = 1;
    Values y{}, rstd{};  // what is right with scale 1 and shift 0, of groups of whole repeats; or by reference alone
};

// For x of the dtype. What is computed is float64 for that, float32 for the others.
std::vector<Scales> scales_of(DType dtype);

// A pattern, a shape and how it lies in memory: what decides which code runs.
struct Place {
    std::string text, params;
    Shape shape;
    Storage storage{};
    Lengths lengths{};
    std::int64_t params_spacing = 1;

    std::string describe() const;
};

// Those of the systems and others of the default library, of few elements; and of few groups that threads share.
const std::vector<Place> &small_places();
const std::vector<Place> &shared_places();

// x as a group has it, again and again, in one group or in all.
void repeat_in(const StatisticGroups &groups, std::size_t group, const Values &x, Values &all);
Values repeated(const StatisticGroups &groups, std::int64_t count, const Values &x);

// All operands of a call. Any of them may be filled with something else before run().
struct ScaledCall {
    ScaledCall(const Place &place, DTypePair dtypes, const Scales &scales, bool in_place = false);
    // With the tensors of a kernel's case, which runs it.
    ScaledCall(const KernelCase &of, const Scales &scales);

    void run();
    WideExpected expected() const;
    void expect_right() const;
    bool has_bits_of(const ScaledCall &other) const;
    StatisticGroups groups() const { return {place.text, place.params, place.shape, place.lengths}; }
    DTypePair dtypes() const { return {x.dtype(), y.dtype()}; }

    Place place;
    bool in_place;
    Tensor x, y, scale, shift, mean, rstd;
    Values x_values;  // as they were before run()
    Options options;

  private:
    void fill(const Scales &scales);
};

}  // namespace axnorm::test

// Random calls: patterns, shapes, storage orders and options, all from one seed.
//
//     RandomCase c(seed);   // c.describe() tells all that is needed to do it by hand
//     c.call(c.y, c.mean, c.rstd, /* canonical */ false);
#pragma once

#include <functional>
#include <span>
#include <string>

#include "reference/pattern_reference.h"

namespace axnorm::test {

struct RandomAxis;

struct RandomCase {
    explicit RandomCase(std::uint64_t seed, Device device = Device::cpu);

    std::string describe() const;
    ReferenceOptions reference_options() const;
    // `view` says where a tensor is on the device.
    using View = std::function<TensorView(const Tensor &)>;
    Options options(const Tensor &mean_out, const Tensor &rstd_out, const View &view = &Tensor::out) const;
    std::vector<NamedLength> named_lengths() const;
    void call(const Tensor &y_out, const Tensor &mean_out, const Tensor &rstd_out, bool canonical,
              const View &view = &Tensor::out) const;

    std::uint64_t seed;
    Device device;
    std::string text, params;
    Lengths lengths;
    Shape shape;
    Statistic statistic = Statistic::mean_var;
    DTypePair dtypes;
    bool narrow_params = false;  // scale and shift are of the dtype of x
    double eps = 1e-5;
    int threads = 1;
    bool has_scale = false, has_shift = false, has_mean = false, has_rstd = false, in_place = false;
    int reduced_axes = 0;  // longer than 1
    Storage x_storage, y_storage;
    Tensor x, y, scale, shift, mean, rstd;
    Values x_values, scale_values, shift_values, mean_values, rstd_values;  // mean and rstd: those given

  private:
    void make_pattern(Random &random);
    void make_tensors(Random &random);
    void add_dimension(Random &random, std::span<const RandomAxis> axes);
    void add_ellipsis(Random &random, bool kept);
};

// Of a call that was run, or of its memory fetched from a device.
void expect_as_the_reference(const RandomCase &c);

// A storage of some order, padding and offset; `broadcast` allows strides of 0.
Storage random_storage(Random &random, std::size_t rank, bool broadcast);

}  // namespace axnorm::test

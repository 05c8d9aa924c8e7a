// The normalizations of the note in both memory orders, as a list to test over: pattern, params and reference of each.
//
//     for (const System &system : systems()) { Call call(system, {8, 6, 5, 7}, 3, x); call.run(); }
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reference.h"

namespace axnorm::test {

struct System {
    std::string name, text, params;
    bool channels_last, has_groups;
    std::function<Expected(const Values &x, const Shape &shape, std::int64_t groups, const ReferenceOptions &)>
        reference;

    // Of a tensor with these lengths.
    Shape shape(std::int64_t b, std::int64_t c, std::int64_t h, std::int64_t w) const;
    Shape params_shape(const Shape &x_shape) const;
    Shape statistics_shape(const Shape &x_shape, std::int64_t groups) const;
};

const std::vector<System> &systems();

// A call of a system, with all operands. x, y, mean and rstd may be replaced, options added, before run().
struct Call {
    Call(const System &system, const Shape &shape, std::int64_t groups, const Values &x_values,
         const Storage &storage = {}, DTypePair dtypes = {});

    void run();
    Expected expected() const;
    DTypePair dtypes() const { return {x.dtype(), y.dtype()}; }

    const System &system;
    std::int64_t groups;
    Tensor x, y, scale, shift, mean, rstd;
    Options options;
};

}  // namespace axnorm::test

// The same call as run_axnorm by the other interfaces: C, and C++ from strings that are known at run time only.
//
//     run_c(cases[4], buffers);
//
// One thread, and no params: these rows are about what a call costs, beside the work.
#pragma once

#include <axnorm.h>

#include <stdexcept>

#include "buffers.h"

namespace bench {

inline void run_strings(const Case &c, const Buffers &buffers) {
    const Call call(c, buffers, {});
    axnorm::normalize(axnorm::parse(c.pattern.text, c.pattern.params_text), call.x, call.y, call.options,
                      call.lengths());
}

// Descriptions of tensors, too, are made anew each time. The texts of the cases are literals, and end with a 0.
inline void run_c(const Case &c, const Buffers &buffers) {
    std::array<std::int64_t, 4> shape = c.shape, steps = strides(c);
    const DLTensor x{
        buffers.x.get(), {kDLCPU, 0}, c.pattern.tensor.rank, {kDLFloat, 32, 1}, shape.data(), steps.data(), 0};
    DLTensor y = x;
    y.data = buffers.y.get();
    const axnorm_length g{"g", c.groups};
    axnorm_options options = AXNORM_OPTIONS_INIT;
    options.threads = 1;
    options.eps = eps;
    if (axnorm_normalize(c.pattern.text.data(), c.pattern.params_text.data(), &x, &y, &g, c.groups != 0 ? 1 : 0,
                         &options) != AXNORM_OK) {
        throw std::runtime_error(axnorm_last_error());
    }
}

}  // namespace bench

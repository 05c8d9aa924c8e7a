// What runs in a race or a check: a kernel on the problem, under thresholds.
#pragma once

#include "problem.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm::measure {

struct Side {
    Plan plan{};
    const Thresholds *thresholds = nullptr;
};

}  // namespace axnorm::measure

// The reference for any pattern, by the names of its axes. It splits the text by itself and shares no code with the
// parser or Layout of axnorm.
//
//     Expected expected = by_pattern("b (g n) h w -> b g", "(g n)", {8, 6, 5, 5}, {{"g", 3}}, x, {.scale = &scale});
#pragma once

#include <map>
#include <string>

#include "reference.h"

namespace axnorm::test {

using Lengths = std::map<std::string, std::int64_t>;

// x is in the order of its shape. The pattern has to be a good one.
Expected by_pattern(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths,
                    const Values &x, const ReferenceOptions &options = {});

// The shapes of scale and shift, and of mean and rstd.
Shape params_shape(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths);
Shape right_side_shape(const std::string &text, const Shape &shape, const Lengths &lengths);

}  // namespace axnorm::test

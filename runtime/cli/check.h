// `axnorm check`: whether a pattern and its params are right.
//
//     check("b (g n) h w -> b g", "(g n)");   // "ok: 5 axes, statistics b g, params (g n)\n"
#pragma once

#include <string>
#include <string_view>

namespace axnorm::cli {

// Throws Error, with a caret under the place.
std::string check(std::string_view pattern, std::string_view params);

}  // namespace axnorm::cli

// The one exception type of axnorm, thrown before anything is written.
//
//     try { axnorm::normalize("b c h w -> k", "", x, y); }
//     catch (const axnorm::Error &e) { std::cerr << e.what(); }
//
//     axnorm: unknown axis: it is on the right, but not on the left
//       b c h w -> k
//                  ^
#pragma once

#include <stdexcept>
#include <string>

namespace axnorm {

class Error : public std::runtime_error {
  public:
    explicit Error(const std::string &message) : std::runtime_error("axnorm: " + message) {}
};

}  // namespace axnorm

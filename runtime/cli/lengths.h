// Lengths as arguments: "8,128,64,64" of --shape, "g=32" of --set.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/language/layout.h"

namespace axnorm::cli {

// An argument that is written wrongly, whatever the pattern.
class UsageError : public std::runtime_error {
  public:
    explicit UsageError(const std::string &message) : std::runtime_error("axnorm: " + message) {}
};

// "" is the shape of a tensor of rank 0. Throws UsageError, or Error above 16 dimensions.
Extents parse_shape(std::string_view text);

// "1024,1" for both tensors, or "2048,1:1024,1" where y's differ. Throws as parse_shape().
std::pair<Extents, Extents> parse_strides(std::string_view text);

// Throws UsageError.
std::vector<std::pair<std::string, std::int64_t>> parse_lengths(std::span<const std::string> settings);

}  // namespace axnorm::cli

// The variants of the instructions of a warp, by number: Instruction::mode.
#pragma once

#include <array>
#include <string_view>

namespace axnorm::ptx {

inline constexpr std::array<std::string_view, 4> shuffle_modes = {"up", "down", "bfly", "idx"};
inline constexpr std::array<std::string_view, 4> vote_modes = {"all", "any", "uni", "ballot"};
inline constexpr std::array<std::string_view, 6> reduce_modes = {"add", "min", "max", "and", "or", "xor"};

}  // namespace axnorm::ptx

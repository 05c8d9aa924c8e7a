// Covering arrays: few rows in which any two factors have every pair of their values.
//
//     for (const PairwiseRow &row : pairwise({3, 2, 2})) { ... }  // row[0] is below 3, row[1] and row[2] are below 2
//
// A fault shows where one value meets another far more often than where three have to meet: a grid of all combinations
// finds little that these rows do not, and takes many times as long.
#pragma once

#include <cstddef>
#include <vector>

namespace axnorm::test {

using PairwiseRow = std::vector<std::size_t>;  // of a value for each factor

// `sizes`: how many values each factor has. The same rows every time. A factor without values is an error.
std::vector<PairwiseRow> pairwise(const std::vector<std::size_t> &sizes);

}  // namespace axnorm::test

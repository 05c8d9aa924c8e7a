// A kernel written by hand of which several blocks share a statistic group, with buffers between its three launches.
#pragma once

#include <cstddef>
#include <functional>

namespace axnorm::test {

// Adds to each element the sum of its statistic group: in parts, which a second launch merges and a third one reads.
// For Kernel::function, of mean_var with signature "krK" in float32.
int add_sums_of_columns(void **arguments);

// What it takes of a workspace.
constexpr std::size_t workspace_of_columns(std::size_t batches, std::size_t columns) {
    const auto rounded = [](std::size_t bytes) { return (bytes + 255) / 256 * 256; };
    return rounded(2 * batches * columns * sizeof(float)) + rounded(batches * columns * sizeof(float));
}

// Called behind its first launch, also where nothing is launched because the call is dry. Set while nothing runs.
extern std::function<void()> behind_first_launch;

}  // namespace axnorm::test

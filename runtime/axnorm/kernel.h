// Kernels: ahead-of-time compiled functions, each for a statistic and a signature, and the list of those linked.
//
//     for (const axnorm::Kernel &kernel : axnorm::kernels()) { std::cout << kernel.name << '\n'; }
//
// A signature writes a merged axis group as a letter, from the outermost in memory to the innermost: k kept, K kept and
// indexed by params, r reduced, R reduced and indexed by params. Batch norm of NCHW is "rKr", group norm "kKRr".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tensor.h"

namespace axnorm {

enum class Statistic : std::uint8_t {
    mean_var,  // y = (x - mean) * rstd * scale + shift, rstd = 1 / sqrt(var + eps), var the biased variance
    rms,       // y = x * rstd * scale + shift, rstd = 1 / sqrt(mean(x * x) + eps)
    given,     // as mean_var, with mean and rstd from the caller
};
const char *name_of(Statistic statistic);

// Letters of a signature by kind, innermost first; true where scale and shift are indexed.
struct Letters {
    static constexpr int max_groups = 4;  // of a kind in one kernel
    bool reduced[max_groups]{}, kept[max_groups]{};
    int reduced_count = 0, kept_count = 0;
    bool kept_innermost = false;

    constexpr explicit Letters(std::string_view signature) {
        for (std::size_t i = signature.size(); i-- > 0;) {
            const char c = signature[i];
            if (c == 'r' || c == 'R') {
                reduced[reduced_count++] = c == 'R';
            } else {
                kept[kept_count++] = c == 'K';
            }
        }
        kept_innermost = !signature.empty() && (signature.back() == 'k' || signature.back() == 'K');
    }
};

// A compiled kernel. How it is called: launch.cpp.
struct Kernel {
    Statistic statistic;
    std::string_view signature;
    bool contiguous;  // the innermost group has stride 1 in x and y, and in scale and shift where it indexes them
    DType dtype;      // of x and y
    int (*function)(void **arguments);
    std::string_view name;
    Letters letters{signature};

    // A kernel of four groups of each kind serves what no exact kernel does.
    constexpr bool canonical() const {
        return letters.kept_count == Letters::max_groups && letters.reduced_count == Letters::max_groups;
    }
};

// The linked kernels, the most specific first.
std::span<const Kernel> kernels();

}  // namespace axnorm

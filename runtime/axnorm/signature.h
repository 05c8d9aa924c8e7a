// Statistics and signatures: what a kernel is compiled for.
//
// A signature writes a merged axis group as a letter, from the outermost in memory to the innermost: k kept, K kept and
// indexed by params, r reduced, R reduced and indexed by params. Batch norm of NCHW is "rKr", group norm "kKRr".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

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

    // One to max_groups reduced letters, at most max_groups kept ones, and no others.
    static constexpr bool valid(std::string_view signature) {
        int reduced_letters = 0, kept_letters = 0;
        for (const char c : signature) {
            reduced_letters += c == 'r' || c == 'R';
            kept_letters += c == 'k' || c == 'K';
        }
        return reduced_letters + kept_letters == static_cast<int>(signature.size()) && reduced_letters >= 1 &&
               reduced_letters <= max_groups && kept_letters <= max_groups;
    }

    // How many groups of a kind are indexed by params.
    constexpr int reduced_params() const { return count_params(reduced); }
    constexpr int kept_params() const { return count_params(kept); }

    // Of a valid signature.
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

  private:
    // Groups that a signature lacks are false.
    static constexpr int count_params(const bool (&groups)[max_groups]) {
        int count = 0;
        for (const bool params : groups) {
            count += params ? 1 : 0;
        }
        return count;
    }
};

}  // namespace axnorm

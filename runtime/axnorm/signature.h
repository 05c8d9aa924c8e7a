// Signatures: what a kernel is compiled for.
//
// A signature writes a merged axis group as a letter, from the outermost in memory to the innermost: k kept, K kept and
// indexed by params, r reduced, R reduced and indexed by params. Batch norm of NCHW is "rKr", group norm "kKRr".
#pragma once

#include <cstddef>
#include <string_view>

namespace axnorm {

// Letters of a signature by kind, innermost first; true where scale and shift are indexed.
struct Letters {
    static constexpr int max_groups = 4;  // of a kind in one kernel
    bool reduced[max_groups]{}, kept[max_groups]{};
    int reduced_count = 0, kept_count = 0;
    bool kept_innermost = false;

    // The signature has at most max_groups letters of a kind, and no others.
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

}  // namespace axnorm

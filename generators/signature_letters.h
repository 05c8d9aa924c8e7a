// The letters of a signature as the generator sees them: "kKRr" is two kept groups, then two reduced ones.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace axnorm::codegen {

struct Group {
    bool reduced;
    bool params;  // indexed by scale and shift
};

// Groups from the innermost to the outermost. The order among kept groups, and among reduced ones, is that of memory;
// whether a kept group lies inside or outside of a reduced one matters for the innermost group alone.
struct Signature {
    std::vector<Group> reduced, kept;
    bool kept_innermost;

    // Throws std::invalid_argument on a letter other than k, K, r, R, on more than four groups of a kind, or none reduced.
    explicit Signature(const std::string &letters) {
        kept_innermost = !letters.empty() && (letters.back() == 'k' || letters.back() == 'K');
        for (auto it = letters.rbegin(); it != letters.rend(); ++it) {
            const bool is_reduced = *it == 'r' || *it == 'R';
            if (!is_reduced && *it != 'k' && *it != 'K') {
                throw std::invalid_argument("signature '" + letters + "': letters are k, K, r and R");
            }
            (is_reduced ? reduced : kept).push_back({is_reduced, *it == 'K' || *it == 'R'});
        }
        if (reduced.empty() || reduced.size() > 4 || kept.size() > 4) {
            throw std::invalid_argument("signature '" + letters + "': one to four reduced groups, at most four kept ones");
        }
    }
};

}  // namespace axnorm::codegen

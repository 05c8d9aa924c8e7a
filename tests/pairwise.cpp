#include "pairwise.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace axnorm::test {

namespace {
// A factor and a value of it.
using Setting = std::pair<std::size_t, std::size_t>;

// The pairs of settings that no row has so far, the one with the lower factor first.
class Missing {
  public:
    explicit Missing(const std::vector<std::size_t> &sizes) {
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            for (std::size_t j = i + 1; j < sizes.size(); ++j) {
                for (std::size_t a = 0; a < sizes[i]; ++a) {
                    for (std::size_t b = 0; b < sizes[j]; ++b) {
                        pairs_.insert({{i, a}, {j, b}});
                    }
                }
            }
        }
    }
    bool empty() const { return pairs_.empty(); }
    std::pair<Setting, Setting> first() const { return *pairs_.begin(); }

    // Of the values of a factor that which makes most of them with the settings of a row; of equal ones the first one
    // from `start` on, and round again.
    Setting best_of(std::size_t factor, std::size_t size, std::size_t start, const std::vector<Setting> &row) const {
        Setting best;
        std::ptrdiff_t most = -1;
        for (std::size_t i = 0; i < size; ++i) {
            const Setting setting = {factor, (start + i) % size};
            const std::ptrdiff_t count =
                std::ranges::count_if(row, [&](Setting other) { return pairs_.contains(std::minmax(setting, other)); });
            if (count > most) {
                best = setting;
                most = count;
            }
        }
        return best;
    }
    void erase(const std::vector<Setting> &row) {
        for (const Setting &one : row) {
            for (const Setting &other : row) {
                pairs_.erase({one, other});
            }
        }
    }

  private:
    std::set<std::pair<Setting, Setting>> pairs_;
};
}  // namespace

std::vector<PairwiseRow> pairwise(const std::vector<std::size_t> &sizes) {
    if (sizes.empty() || std::ranges::find(sizes, 0U) != sizes.end()) {
        throw std::invalid_argument("pairwise: a factor has no values");
    }
    std::vector<PairwiseRow> rows;
    if (sizes.size() == 1) {
        for (std::size_t value = 0; value < sizes[0]; ++value) {
            rows.push_back({value});
        }
    }
    // Greedily: a missing pair, and for each other factor the value that makes the most missing pairs with what the row
    // has. Of equal ones another in each row, so that more than pairs come together by chance.
    for (Missing missing(sizes); !missing.empty();) {
        const auto [one, other] = missing.first();
        std::vector<Setting> row = {one, other};
        for (std::size_t factor = 0; factor < sizes.size(); ++factor) {
            if (factor != one.first && factor != other.first) {
                row.push_back(missing.best_of(factor, sizes[factor], rows.size() * (factor + 1), row));
            }
        }
        missing.erase(row);
        rows.emplace_back(sizes.size());
        for (const auto &[factor, value] : row) {
            rows.back()[factor] = value;
        }
    }
    return rows;
}

}  // namespace axnorm::test

#include "byte_set.h"

#include <algorithm>
#include <numeric>

#include "runtime/tuning/thresholds.h"

namespace axnorm {

using detail::at;

namespace {

struct Term {
    std::uint64_t extent, stride;

    std::uint64_t reach() const { return (extent - 1) * stride; }
};

// Which numbers are a sum of a multiple of each stride, 0 to extent - 1 times.
class Sums {
  public:
    void add(std::uint64_t extent, std::uint64_t stride) {
        if (extent > 1 && stride > 0) {
            at(terms_, count_++) = {extent, stride};
        }
    }

    // No search takes long but for strides that are neither nested nor multiples of each other.
    bool contain(std::uint64_t sum) {
        merge();
        std::uint64_t reach = 0, common = 0;
        for (int i = 0; i < count_; ++i) {
            reach += at(terms_, i).reach();
            common = i == 0 ? 0 : std::gcd(common, at(terms_, i).stride);
            at(reach_, i) = reach;
            at(common_, i) = common;
        }
        return count_ == 0 ? sum == 0 : search(count_ - 1, sum);
    }

  private:
    // From the smallest stride to the largest. One that is a multiple of that before it, and no further than that
    // reaches, goes on with its multiples.
    void merge() {
        std::sort(terms_.begin(), terms_.begin() + count_, [](Term a, Term b) { return a.stride < b.stride; });
        int merged = 0;
        for (int i = 1; i < count_; ++i) {
            const Term &next = at(terms_, i);
            Term &term = at(terms_, merged);
            const std::uint64_t steps = next.stride / term.stride;
            if (next.stride % term.stride == 0 && steps <= term.extent) {
                term.extent += steps * (next.extent - 1);
            } else {
                at(terms_, ++merged) = next;
            }
        }
        count_ = std::min(count_, merged + 1);
    }

    // Whether it is a sum of the terms up to this one.
    bool search(int i, std::uint64_t sum) {
        const Term &term = at(terms_, i);
        if (sum > at(reach_, i)) {
            return false;
        }
        if (i == 0) {
            return sum % term.stride == 0;
        }
        // All strides but the smallest one are multiples of this.
        if (sum % at(common_, i) > at(reach_, 0)) {
            return false;
        }
        if (--steps_ < 0) {
            return true;
        }
        const std::uint64_t inner = at(reach_, i - 1);
        const std::uint64_t least = sum > inner ? (sum - inner + term.stride - 1) / term.stride : 0;
        const std::uint64_t most = std::min(term.extent - 1, sum / term.stride);
        for (std::uint64_t step = least; step <= most; ++step) {
            if (search(i - 1, sum - step * term.stride)) {
                return true;
            }
        }
        return false;
    }

    static constexpr int most_terms = 2 * (max_axes + 1);
    std::array<Term, most_terms> terms_;
    std::array<std::uint64_t, most_terms> reach_, common_;  // of the terms up to each; of strides but the smallest
    int count_ = 0;
    int steps_ = limits.overlap_steps;
};

}  // namespace

ByteSet::ByteSet(const void *first, std::int64_t size)
    : range_(first, size, 0), size_(static_cast<std::uint64_t>(size)) {}

void ByteSet::add(const TensorLoop &loop) {
    at(loops_, count_++) = loop;
    range_.last += static_cast<std::uint64_t>((loop.extent - 1) * loop.stride);
}

bool ByteSet::meets(const ByteSet &other) const {
    if (!range_.meets(other.range_)) {
        return false;
    }
    // A byte here is one there: the sum of this one's steps, less that of the other's, is the distance. The other's are
    // counted from its end, so that nothing is subtracted; the difference of addresses may wrap around.
    Sums sums;
    for (const ByteSet *set : {this, &other}) {
        sums.add(set->size_, 1);
        for (int i = 0; i < set->count_; ++i) {
            const TensorLoop &loop = at(set->loops_, i);
            sums.add(static_cast<std::uint64_t>(loop.extent), static_cast<std::uint64_t>(loop.stride));
        }
    }
    return sums.contain(other.range_.first - range_.first + other.range_.last);
}

bool ByteSet::repeats() const {
    std::array<TensorLoop, max_axes> sorted = loops_;
    const auto end = sorted.begin() + count_;
    std::sort(sorted.begin(), end, [](const TensorLoop &a, const TensorLoop &b) { return a.stride < b.stride; });
    std::uint64_t inner = size_ - 1;  // what the loops inside reach
    for (auto loop = sorted.begin(); loop != end; ++loop) {
        const auto extent = static_cast<std::uint64_t>(loop->extent), stride = static_cast<std::uint64_t>(loop->stride);
        if (stride <= inner && extent > 1) {
            // The two indices differ in this loop, by a step or more, and in none outside of it. Inside of it they
            // differ by any number of steps, up or down.
            Sums sums;
            sums.add(extent - 1, stride);
            sums.add(2 * size_ - 1, 1);
            for (auto other = sorted.begin(); other != loop; ++other) {
                sums.add(2 * static_cast<std::uint64_t>(other->extent) - 1, static_cast<std::uint64_t>(other->stride));
            }
            if (sums.contain(inner - stride)) {
                return true;
            }
        }
        inner += (extent - 1) * stride;
    }
    return false;
}

}  // namespace axnorm

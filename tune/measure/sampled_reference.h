// What y, mean and rstd should be, in double, in some of the statistic groups: the first, the last and random ones, so
// that large tensors are checked in about the time of small ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "problem.h"
#include "reference/pattern_reference.h"

namespace axnorm::measure {

// How far they are from it.
struct Deviation {
    double largest_error = 0;  // of y, of max(1, |y - shift| + |shift|), as the tests have it; NaN where y is no number
    double tolerance = 0;      // of y
    std::string wrong{};       // the first element that is off by more, or ""
};

class SampledReference {
  public:
    // Of the problem's x; the problem has to last.
    explicit SampledReference(const Problem &problem);

    // Of the problem's y as it is now, and of mean and rstd where `statistics` says that they were written.
    Deviation deviation(bool statistics) const;

    std::int64_t checked_groups() const { return static_cast<std::int64_t>(chosen_.size()); }
    std::int64_t groups() const { return groups_.count(); }

  private:
    struct Chosen {
        std::size_t group;
        test::GroupReference reference;
    };

    void compare_y(const Chosen &chosen, Deviation &deviation) const;
    std::string wrong_statistic(const Chosen &chosen) const;  // or ""

    const Problem &problem_;
    test::Tolerance tolerance_;
    test::StatisticGroups groups_;
    std::vector<Chosen> chosen_;
};

// The element of y, mean or rstd that is so many elements behind the first in memory: "y[12, 3]".
std::string element_text(const Problem &problem, Role role, std::size_t offset);

}  // namespace axnorm::measure

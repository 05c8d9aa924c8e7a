// Thresholds of the runtime by name, and switched from call to call.
//
//     NamedThresholds named(thresholds());
//     named.set("t1", "streamed_share = 0.1");      // as a tuning file has it
//     const UsedThresholds used(named.get("t1"));   // while it is there
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fields.h"
#include "runtime/tuning/thresholds.h"

namespace axnorm::measure {

class NamedThresholds {
  public:
    // Those without a name; they have to last.
    explicit NamedThresholds(const Thresholds &at_first) : at_first_(&at_first) {}

    // In place of those of that name, if there are. Throws Failure with the line that is wrong.
    void set(const std::string &name, const std::string &text);

    // They last, and stay where they are. Throws Failure.
    const Thresholds &get(const std::string &name) const;

  private:
    const Thresholds *at_first_;
    std::map<std::string, Thresholds> named_;
};

// No more than a store: use_thresholds() keeps all that it is given. These have to last, and calls of this process run
// one after the other.
inline void switch_to(const Thresholds &other) {
    thresholds_in_use.store(&other, std::memory_order_release);
}

class UsedThresholds {
  public:
    explicit UsedThresholds(const Thresholds &other) : before_(&thresholds()) { switch_to(other); }
    ~UsedThresholds() { switch_to(*before_); }
    UsedThresholds(const UsedThresholds &) = delete;
    UsedThresholds &operator=(const UsedThresholds &) = delete;

  private:
    const Thresholds *before_;
};

// The values that a search tries, ascending; the usual one is among them. None where there is nothing to try.
std::vector<double> tried_values(const ThresholdRow &row);

// Of each threshold its name, usual value, those that a search tries, and meaning.
Json list_of_thresholds();

}  // namespace axnorm::measure

// The calls that are timed: which memory they are on.
#pragma once

#include <cstddef>

#include "memory.h"
#include "problem.h"

namespace axnorm::measure {

// Warm they are on the problem's tensors. Cold there are so many copies of x and y that a call's own ones left the
// caches while the others were used: twice the last level, which at times replaces other lines than the oldest.
class TimedCalls {
  public:
    // The problem has to last.
    explicit TimedCalls(const Problem &problem);

    void run(const Plan &plan);
    void finish() const;  // until those on a device have ended
    bool are_counted() const;

  private:
    const Problem &problem_;
    GuardedMemory memory_;
    std::size_t y_offset_ = 0, step_ = 0, copies_ = 0, next_ = 0;
};

}  // namespace axnorm::measure

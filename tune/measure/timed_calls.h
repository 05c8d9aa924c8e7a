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

    // Warm, the caches become as such calls leave them, which takes a few: a kernel that writes y into them is slow
    // where one that writes past them was before it. Layer norm of 4096x768 took 2146, 2070, 1492, 1270, 1243 and 1211
    // us so.
    void settle(const Plan &plan);

    void finish() const;  // until those on a device have ended
    bool are_counted() const;

  private:
    const Problem &problem_;
    GuardedMemory memory_;
    std::size_t y_offset_ = 0, step_ = 0, copies_ = 0, next_ = 0;
};

}  // namespace axnorm::measure

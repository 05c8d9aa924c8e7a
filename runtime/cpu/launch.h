// Plan -> calls of the kernel: a slice for each thread, cut further where it does not fit 32-bit indices.
#pragma once

#include <cstdint>

#include "axnorm/options.h"
#include "runtime/planning/slice.h"

namespace axnorm {

enum class Divided : std::uint8_t { not_at_all, by_groups, into_parts };

// How a call is run by the thresholds in use, beside how many tasks threads have (tasks.h).
struct Way {
    int threads = 1;
    bool stream = false;  // y goes past the caches
    Divided divided = Divided::not_at_all;
    int group = 0;  // the kept group of the plan that is divided by groups, in multiples of `grain`
    std::int64_t grain = 1;
};
Way way_of(const Slice &whole, const Operands &operands, const Options &options);

// Runs a call that was checked. The elements of x decide whether threads are worth while, and how y is stored.
void launch(Slice whole, const Operands &operands, const Options &options);

// The same of a plan of copies (runtime/planning/gathered.h).
void launch_gathered(const Layout &layout, const Plan &plan, const Operands &operands, const Options &options);

}  // namespace axnorm

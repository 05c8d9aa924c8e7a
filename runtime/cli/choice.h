// Which kernel runs, and why: a part of `axnorm explain`.
#pragma once

#include "document.h"
#include "runtime/language/described_call.h"
#include "runtime/planning/plan.h"

namespace axnorm::cli {

// `plan` is that of the call, by make_plan().
void add_choice(Document &document, const DryCall &call, const Layout &layout, const Plan &plan, bool canonical);

// Which strides the innermost group may have: "contiguous", "any", or "any params" only.
const char *strides_of(const Kernel &kernel);

// For a column: those of a record are too long for one.
std::string knobs_of(const Kernel &kernel);

}  // namespace axnorm::cli

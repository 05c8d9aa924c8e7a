// How a call runs, for who compares it with how it runs under other thresholds.
#pragma once

#include "fields.h"
#include "side.h"

namespace axnorm::measure {

// An object: threads, how work is divided between them, how y is stored, and how many tasks there are. It runs the
// call.
Json way_in_words(const Problem &problem, const Side &side);

}  // namespace axnorm::measure

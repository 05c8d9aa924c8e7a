// Files of thresholds: what is in them, and that which the environment names.
#pragma once

#include <iosfwd>
#include <string>

#include "thresholds.h"

namespace axnorm {

// Reads all of it; what it does not mention is as usual. Throws Error with `name` and the line where it is wrong.
Thresholds read_tuning(std::istream &file, const std::string &name);

// Loads that of AXNORM_TUNING, where it is set and no other one was loaded. Throws Error as load_tuning() does.
void load_tuning_of_environment();

}  // namespace axnorm

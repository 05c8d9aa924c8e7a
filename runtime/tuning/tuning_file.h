// The file of thresholds that the environment names.
#pragma once

namespace axnorm {

// Loads that of AXNORM_TUNING, where it is set and no other one was loaded. Throws Error as load_tuning() does.
void load_tuning_of_environment();

}  // namespace axnorm

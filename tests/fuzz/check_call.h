// What has to hold of a call, whatever it is given.
#pragma once

#include "made_call.h"

namespace axnorm::fuzz {

// Makes it with its tensors at the begin of their slots, then at the end, where it is not refused.
void check_call(MadeCall &call);

}  // namespace axnorm::fuzz

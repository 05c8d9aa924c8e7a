// `axnorm explain`: what a call would do, and why.
//
//     explain({.pattern = "b c h w -> c", .params = "c", .memory = "b h w c", .shape = {8, 64, 56, 56}});
#pragma once

#include "document.h"
#include "requested_call.h"

namespace axnorm::cli {

// Throws Error where the call would.
Document explain(const CallRequest &request);

}  // namespace axnorm::cli

// axnorm_options -> Options, whatever version of the struct the caller was compiled with.
#pragma once

#include "axnorm.h"
#include "axnorm/normalize.h"

namespace axnorm::c_api {

// The defaults where `given` is NULL. Throws Refusal.
Options options_of(const axnorm_options *given);

}  // namespace axnorm::c_api

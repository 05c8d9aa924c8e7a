// axnorm: normalizations as axis patterns. This header is the language and the call; kernels come with the header of a
// library: <axnorm_default.h>, or one that axnorm_add_library() made. Those include this one.
//
//     #include <axnorm_default.h>
//     axnorm::normalize<"b c h w -> b c">({in, {6, 3, 20, 20}}, {out, {6, 3, 20, 20}}, {.eps = 1e-12});
#pragma once

#include "dtype.h"      // IWYU pragma: export
#include "error.h"      // IWYU pragma: export
#include "kernel.h"     // IWYU pragma: export
#include "library.h"    // IWYU pragma: export
#include "normalize.h"  // IWYU pragma: export
#include "options.h"    // IWYU pragma: export
#include "parallel.h"   // IWYU pragma: export
#include "parse.h"      // IWYU pragma: export
#include "pattern.h"    // IWYU pragma: export
#include "shapes.h"     // IWYU pragma: export
#include "tensor.h"     // IWYU pragma: export
#include "tuning.h"     // IWYU pragma: export

// expect: duplicate axis: it is named twice on this side
// c is named twice in params.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b", "c h">(x, y);
#else
    axnorm::normalize<"b c h w -> b", "c c">(x, y);
#endif
}

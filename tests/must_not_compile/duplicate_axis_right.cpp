// expect: duplicate axis: it is named twice on this side
// b is named twice on the right.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b c">(x, y);
#else
    axnorm::normalize<"b c h w -> b b">(x, y);
#endif
}

// expect: duplicate axis: it is named twice on this side
// b is named twice on the left.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b">(x, y);
#else
    axnorm::normalize<"b b h w -> b">(x, y);
#endif
}

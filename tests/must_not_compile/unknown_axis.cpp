// expect: unknown axis: it is on the right, but not on the left
// k is no axis of the tensor.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b">(x, y);
#else
    axnorm::normalize<"b c h w -> k">(x, y);
#endif
}

// expect: unknown axis in params: the tensor has no such axis
// k is no axis of the tensor.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b", "c">(x, y);
#else
    axnorm::normalize<"b c h w -> b", "k">(x, y);
#endif
}

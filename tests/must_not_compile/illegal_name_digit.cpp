// expect: illegal name: an axis name does not begin with a digit
// 3d is neither a name nor a length.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b d3 -> b">(x, y);
#else
    axnorm::normalize<"b 3d -> b">(x, y);
#endif
}

// expect: illegal character: an ellipsis is three dots
// Two dots are no ellipsis.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b ... c -> b">(x, y);
#else
    axnorm::normalize<"b .. c -> b">(x, y);
#endif
}

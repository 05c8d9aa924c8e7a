// expect: length 0: an axis without a name has a length of at least 1
// An axis of no elements has no statistics.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b 2 -> b">(x, y);
#else
    axnorm::normalize<"b 0 -> b">(x, y);
#endif
}

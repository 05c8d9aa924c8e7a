// expect: second arrow: a pattern has one
// A pattern has two sides.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c -> b">(x, y);
#else
    axnorm::normalize<"b c -> b -> c">(x, y);
#endif
}

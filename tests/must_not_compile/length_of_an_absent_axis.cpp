// expect: a length is given for an axis that the pattern does not have
// q is no axis of the pattern.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b (g n) -> b g">(x, y, {}, axnorm::axis<"g"> = 3);
#else
    axnorm::normalize<"b (g n) -> b g">(x, y, {}, axnorm::axis<"q"> = 3);
#endif
}

// expect: nested parentheses: groups have one level
// The group of n is inside of another.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b (g n h) -> b g">(x, y, {}, axnorm::axis<"g"> = 2, axnorm::axis<"n"> = 3);
#else
    axnorm::normalize<"b (g (n h)) -> b g">(x, y);
#endif
}

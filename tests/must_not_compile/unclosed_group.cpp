// expect: unbalanced parentheses: this group is not closed
// The group of g is not closed.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b (g n) -> b g">(x, y, {}, axnorm::axis<"g"> = 2);
#else
    axnorm::normalize<"b (g n -> b g">(x, y);
#endif
}

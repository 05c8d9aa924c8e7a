// expect: unbalanced parentheses: no group is open here
// No group is open at the parenthesis.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b g n -> b g">(x, y);
#else
    axnorm::normalize<"b g n) -> b g">(x, y);
#endif
}

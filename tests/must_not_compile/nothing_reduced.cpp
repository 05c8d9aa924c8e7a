// expect: nothing reduced: every axis of the left is on the right
// Every element would be its own mean.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c -> c">(x, y);
#else
    axnorm::normalize<"b c -> c b">(x, y);
#endif
}

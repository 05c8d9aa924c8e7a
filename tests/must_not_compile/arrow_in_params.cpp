// expect: arrow in params: they are axes only
// Params have no right side.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c -> b", "c">(x, y);
#else
    axnorm::normalize<"b c -> b", "c -> c">(x, y);
#endif
}

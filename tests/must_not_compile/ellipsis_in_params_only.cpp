// expect: ellipsis without one on the left
// The same in params.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b ... c -> b", "... c">(x, y);
#else
    axnorm::normalize<"b h c -> b", "... c">(x, y);
#endif
}

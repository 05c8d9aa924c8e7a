// expect: second ellipsis: a side has at most one
// The same on the right.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"... c -> ...">(x, y);
#else
    axnorm::normalize<"... c -> ... ...">(x, y);
#endif
}

// expect: too many axes: a tensor has at most 16
// 17 unit axes on the right.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c -> 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 b">(x, y);
#else
    axnorm::normalize<"b c -> 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 b">(x, y);
#endif
}

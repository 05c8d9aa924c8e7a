// expect: empty left side: the tensor has no axes
// A tensor without axes has nothing to reduce.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b -> ">(x, y);
#else
    axnorm::normalize<" -> ">(x, y);
#endif
}

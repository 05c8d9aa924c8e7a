// expect: unknown axis in params: the tensor has no such axis
// No axis without a name has the length 3.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b 2 -> b", "2">(x, y);
#else
    axnorm::normalize<"b 2 -> b", "3">(x, y);
#endif
}

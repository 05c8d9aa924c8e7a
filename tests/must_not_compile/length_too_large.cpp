// expect: illegal length: it is above 2147483647
// Kernels count in 32 bits.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b 2147483647 -> b">(x, y);
#else
    axnorm::normalize<"b 2147483648 -> b">(x, y);
#endif
}

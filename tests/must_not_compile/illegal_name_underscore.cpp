// expect: illegal name: a name neither begins nor ends with an underscore
// As in einops.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c_1 -> b">(x, y);
#else
    axnorm::normalize<"b _c -> b">(x, y);
#endif
}

// expect: ellipsis without one on the left
// It stands for no axes of the tensor.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b ... c -> b ...">(x, y);
#else
    axnorm::normalize<"b h c -> b ...">(x, y);
#endif
}

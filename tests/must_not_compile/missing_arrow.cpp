// expect: missing arrow: a pattern is 'axes of the tensor -> axes of the statistics'
// einops has an arrow of two characters.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c h w -> b">(x, y);
#else
    axnorm::normalize<"b c h w > b">(x, y);
#endif
}

// expect: second ellipsis: a side has at most one
// Which dimensions are whose?
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"... c -> c">(x, y);
#else
    axnorm::normalize<"... c ... -> c">(x, y);
#endif
}

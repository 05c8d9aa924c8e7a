// expect: length on the right: an axis without a name is always reduced
// An axis that is kept needs a name.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b 2 c -> b 1">(x, y);
#else
    axnorm::normalize<"b 2 c -> b 2">(x, y);
#endif
}

// expect: illegal character: axes are names, integers, groups \( \) and \.\.\.
// A comma is not a blank.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b c -> b">(x, y);
#else
    axnorm::normalize<"b, c -> b">(x, y);
#endif
}

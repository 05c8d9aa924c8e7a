// expect: too many axes: a tensor has at most 16
// 17 axes on the left.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"a b c d e f g h i j k l m n o p -> a">(x, y);
#else
    axnorm::normalize<"a b c d e f g h i j k l m n o p q -> a">(x, y);
#endif
}

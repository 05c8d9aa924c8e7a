// expect: ellipsis in a group: on the left it stands outside of parentheses
// Its lengths cannot be told from that of a group.
#include <axnorm/axnorm.h>

void call(const axnorm::ConstTensorView &x, const axnorm::TensorView &y) {
#ifdef GOOD
    axnorm::normalize<"b ... c -> b">(x, y);
#else
    axnorm::normalize<"b (... c) -> b">(x, y);
#endif
}

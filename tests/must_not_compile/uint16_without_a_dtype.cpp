// expect: only float \* and double \* say what their data is: name a DType, as in \(data, DType::bfloat16, shape\)
// 16 bits may be float16 or bfloat16.
#include <axnorm/axnorm.h>

int rank(std::uint16_t *x) {
#ifdef GOOD
    return axnorm::ConstTensorView(x, axnorm::DType::bfloat16, {8, 64}).rank();
#else
    return axnorm::ConstTensorView(x, {8, 64}).rank();
#endif
}

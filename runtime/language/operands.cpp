#include "operands.h"

namespace axnorm {

Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options) {
    const bool given = options.statistic == Statistic::given;
    const ConstTensorView *mean = given ? &options.given_mean : &options.mean;
    const ConstTensorView *rstd = given ? &options.given_rstd : &options.rstd;
    return {{&x, &y, &options.scale, &options.shift, mean, rstd}, options.statistic};
}

}  // namespace axnorm

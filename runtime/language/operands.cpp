#include "operands.h"

namespace axnorm {

Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options) {
    Operands operands;
    operands.statistic = options.statistic;
    operands.tensors[role_x] = &x;
    operands.tensors[role_y] = &y;
    for (const TensorOption &option : tensor_options) {
        const bool may_be_given = row_of(option.role).access == Access::written_unless_given;
        if (!may_be_given || option.given == (options.statistic == Statistic::given)) {
            // Only its address is taken.
            operands.tensors[option.role] = &option.of(const_cast<Options &>(options));
        }
    }
    return operands;
}

}  // namespace axnorm

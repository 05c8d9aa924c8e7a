#include "operands.h"

#include <utility>

namespace axnorm {

Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options) {
    Operands operands;
    operands.statistic = options.statistic;
    operands.tensors[role_x] = &x;
    operands.tensors[role_y] = &y;
    // Unrolled: each is the address of a member then, which is all that is taken of it.
    [&]<std::size_t... index>(std::index_sequence<index...>) {
        const auto set = [&](const TensorOption &option) {
            const bool may_be_given = row_of(option.role).access == Access::written_unless_given;
            if (!may_be_given || option.given == (options.statistic == Statistic::given)) {
                operands.tensors[option.role] = &option.of(const_cast<Options &>(options));
            }
        };
        (set(tensor_options[index]), ...);
    }
    (std::make_index_sequence<tensor_options.size()>());
    return operands;
}

}  // namespace axnorm

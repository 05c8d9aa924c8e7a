#include "operands.h"

#include <utility>

namespace axnorm {

namespace {

// Whether calls of the statistic have this tensor in its role.
bool is_the_one(const TensorOption &option, Statistic statistic) {
    const bool may_be_given = row_of(option.role).access == Access::written_unless_given;
    return !may_be_given || option.given == (statistic == Statistic::given);
}

}  // namespace

const char *Operands::name_of(Role role) const {
    for (const TensorOption &option : tensor_options) {
        if (option.role == role && is_the_one(option, statistic)) {
            return option.name;
        }
    }
    return axnorm::name_of(role);
}

Operands operands_of(const ConstTensorView &x, const TensorView &y, const Options &options) {
    Operands operands;
    operands.statistic = options.statistic;
    operands.tensors[role_x] = &x;
    operands.tensors[role_y] = &y;
    // Unrolled: each is the address of a member then, which is all that is taken of it.
    [&]<std::size_t... index>(std::index_sequence<index...>) {
        const auto set = [&](const TensorOption &option) {
            if (is_the_one(option, options.statistic)) {
                operands.tensors[option.role] = &option.of(const_cast<Options &>(options));
            }
        };
        (set(tensor_options[index]), ...);
    }
    (std::make_index_sequence<tensor_options.size()>());
    return operands;
}

}  // namespace axnorm

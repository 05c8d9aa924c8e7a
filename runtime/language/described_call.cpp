#include "described_call.h"
#include "axnorm/parse.h"

#include <algorithm>
#include <string>
#include <vector>

namespace axnorm {

using detail::at;
using detail::pattern_error;

namespace {

// Where the tensors lie: nothing is read or written there.
alignas(64) char nowhere[1];

// The axis that a token of a memory order names, or -1 for a unit axis.
int named_axis(const Pattern &pattern, const detail::Token &token, std::string_view text,
               const std::vector<int> &taken) {
    if (!detail::is_digit(token.text[0])) {
        const int axis = pattern.find(token.text);
        if (axis < 0) {
            pattern_error("unknown axis in the memory order: the tensor has no such axis", text, token.at);
        }
        return axis;
    }
    const std::int64_t length = detail::parse_length(token, text);
    for (int i = 0; length > 1 && i < pattern.axis_count; ++i) {
        const Axis &axis = at(pattern.axes, i);
        if (axis.name.empty() && axis.length == length && std::ranges::find(taken, i) == taken.end()) {
            return i;
        }
    }
    if (length > 1) {
        pattern_error("unknown axis in the memory order: the tensor has no such axis", text, token.at);
    }
    return -1;
}

// The axes of the pattern from the outermost in memory to the innermost. Parentheses do not matter.
std::vector<int> memory_order(const Pattern &pattern, std::string_view text) {
    std::vector<int> order;
    detail::Lexer lexer{text, 0, text.size()};
    for (detail::Token token = lexer.next(); !token.text.empty(); token = lexer.next()) {
        if (token.text == "(" || token.text == ")") {
            continue;
        }
        const int axis = named_axis(pattern, token, text, order);
        if (axis >= 0 && std::ranges::find(order, axis) != order.end()) {
            pattern_error("duplicate axis in the memory order", text, token.at);
        }
        if (axis >= 0) {
            order.push_back(axis);
        }
    }
    for (int i = 0; i < pattern.axis_count; ++i) {
        if (std::ranges::find(order, i) == order.end()) {
            const Axis &axis = at(pattern.axes, i);
            const std::string name = axis.name.empty() ? std::to_string(axis.length) : std::string(axis.name);
            pattern_error(("missing axis in the memory order: '" + name + "'").c_str(), text, text.size());
        }
    }
    return order;
}

// A dimension has one stride: where it is a group, its axes are neighbours in memory.
void check_groups(const Pattern &pattern, const std::vector<int> &order, std::string_view text) {
    for (int d = 0; d < pattern.tensor.rank; ++d) {
        const Dimensions::Run run = at(pattern.tensor.runs, d);
        if (run.end == run.begin) {
            continue;
        }
        const auto first = std::ranges::find(order, at(pattern.tensor.axes, run.begin));
        for (int i = run.begin; i < run.end; ++i) {
            const auto offset = i - run.begin;
            if (first + offset >= order.end() || first[offset] != at(pattern.tensor.axes, i)) {
                pattern_error(
                    "the axes of a group have one stride: in the memory order they are neighbours, as written", text,
                    text.size());
            }
        }
    }
}

// The strides of x stored densely in an order of its axes.
Extents dense_strides(const Pattern &pattern, const Extents &shape, const std::vector<int> &order) {
    Extents strides = shape;
    const int ellipsis_rank = shape.size() - pattern.tensor.rank + 1;
    std::array<int, max_axes> first_dimension{}, last_dimension{};  // of x, by axis
    first_dimension.fill(-1);
    int dimension = 0;
    for (int d = 0; d < pattern.tensor.rank; ++d) {
        const Dimensions::Run run = at(pattern.tensor.runs, d);
        const bool is_ellipsis = run.end > run.begin && at(pattern.tensor.axes, run.begin) == pattern.ellipsis;
        const int count = is_ellipsis ? ellipsis_rank : 1;
        if (run.end > run.begin) {
            const int axis = at(pattern.tensor.axes, run.begin);
            at(first_dimension, axis) = dimension;
            at(last_dimension, axis) = dimension + count - 1;
        } else {
            strides[dimension] = 1;
        }
        dimension += count;
    }
    std::int64_t stride = 1;
    for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
        for (int d = at(last_dimension, *axis); at(first_dimension, *axis) >= 0 && d >= at(first_dimension, *axis);
             --d) {
            strides[d] = stride;
            stride *= std::max<std::int64_t>(shape[d], 1);
        }
    }
    return strides;
}

}  // namespace

DryCall::DryCall(const Pattern &pattern, const Extents &x_shape, std::span<const NamedLength> lengths,
                 const DryOptions &options)
    : pattern_(pattern), lengths_(lengths) {
    const Extents statistics = statistics_shape(pattern, x_shape, lengths);  // checks the shape, too
    std::optional<Extents> strides;
    if (!options.memory.empty()) {
        const std::vector<int> order = memory_order(pattern, options.memory);
        check_groups(pattern, order, options.memory);
        strides = dense_strides(pattern, x_shape, order);
    }
    const DType dtype = statistics_dtype(options.dtypes.x);
    const bool has_params = options.params && pattern.params.rank > 0;
    const bool has_statistics = options.statistics || options.statistic == Statistic::given;
    for (const RoleRow &row : role_rows) {
        ConstTensorView &tensor = tensors_[row.role];
        if (row.required) {
            const DType of_row = row.dtype == DTypeRule::y ? options.dtypes.y : options.dtypes.x;
            const std::optional<Extents> &given = row.role == role_y ? options.y_strides : options.x_strides;
            tensor = {nowhere, of_row, x_shape, given ? given : strides, options.device};
        } else if (row.axes == Axes::params && has_params) {
            const Extents shape = params_shape(pattern, x_shape, lengths);
            tensor = {nowhere, options.params_dtype.value_or(dtype), shape, {}, options.device};
        } else if (row.axes == Axes::kept && has_statistics &&
                   (row.role != role_mean || options.statistic != Statistic::rms)) {
            tensor = {nowhere, dtype, statistics, {}, options.device};
        }
        operands_.tensors[row.role] = &tensor;
    }
    operands_.statistic = options.statistic;
}

}  // namespace axnorm

#include "device_call.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/call/kernel_choice.h"
#include "runtime/device/backend.h"
#include "runtime/planning/plan.h"

namespace axnorm::test {

void DeviceCall::make_tensors() {
    const DType computed = statistics_dtype(dtypes.x), of_params = narrow_params ? dtypes.x : computed;
    const Shape of_scale = params_shape(norm.text, norm.params, shape, norm.lengths);
    const Shape of_mean = right_side_shape(norm.text, shape, norm.lengths);
    x = Tensor(shape, storage, dtypes.x);
    y = in_place ? x : Tensor(shape, storage, dtypes.y);
    x_values = normal(x.count(), mean, 2, 11, dtypes.x);
    x.fill(x_values);
    scale = Tensor(of_scale, {}, of_params);
    shift = Tensor(of_scale, {}, of_params);
    scale.fill(scale_values = normal(scale.count(), 1, 0.5, 12, of_params));
    shift.fill(shift_values = normal(shift.count(), 0, 1, 13, of_params));
    mean_out = Tensor(of_mean, {}, computed);
    rstd_out = Tensor(of_mean, {}, computed);
    given_mean = normal(mean_out.count(), mean, 0.1, 14, computed);
    given_rstd = normal(rstd_out.count(), 2, 0.1, 15, computed);
    if (statistic == Statistic::given) {
        mean_out.fill(given_mean);
        rstd_out.fill(given_rstd);
    }
}

Options DeviceCall::options_in(OnDevice &memory) const {
    Options options{.statistic = statistic};
    if (with_scale) {
        options.scale = memory.view(scale);
    }
    if (with_shift) {
        options.shift = memory.view(shift);
    }
    if (statistic == Statistic::given) {
        options.given_mean = memory.view(mean_out);
        options.given_rstd = memory.view(rstd_out);
    } else if (with_statistics) {
        options.mean = statistic == Statistic::rms ? TensorView() : memory.out(mean_out);
        options.rstd = memory.out(rstd_out);
    }
    return options;
}

std::vector<NamedLength> DeviceCall::lengths() const {
    std::vector<NamedLength> named;
    for (const auto &[name, length] : norm.lengths) {
        named.push_back({name, length});
    }
    return named;
}

void DeviceCall::run() {
    make_tensors();
    OnDevice memory;
    const Options options = options_in(memory);
    const ConstTensorView in = memory.view(x);
    const TensorView out = memory.out(y);
    const Pattern pattern = parse(norm.text, norm.params);
    const std::vector<NamedLength> named = lengths();
    const Operands operands = operands_of(in, out, options);
    const Layout layout = make_layout(pattern, operands, named);
    chosen = &select_kernel(layout, operands);
    if (forced == nullptr) {
        normalize(pattern, in, out, options, named);
    } else {
        Plan plan;
        ASSERT_EQ(plan_kernel(*forced, layout, operands, this_machine(in.device()), plan), nullptr);
        launch_on_device(Slice(plan, layout), operands, options);
    }
    memory.fetch();
}

void DeviceCall::expect_as_the_reference() const {
    ReferenceOptions options{.statistic = statistic};
    options.scale = with_scale ? &scale_values : nullptr;
    options.shift = with_shift ? &shift_values : nullptr;
    if (statistic == Statistic::given) {
        options.given_mean = &given_mean;
        options.given_rstd = &given_rstd;
    }
    const Expected expected = by_pattern(norm.text, norm.params, shape, norm.lengths, x_values, options);
    const Tolerance tolerance = Tolerance().of(dtypes);
    EXPECT_TRUE(y_close(y.get(), expected, tolerance));
    EXPECT_TRUE(x.guards_intact() && y.guards_intact() && mean_out.guards_intact() && rstd_out.guards_intact());
    if (statistic == Statistic::given) {
        return;
    }
    EXPECT_TRUE(with_statistics || (mean_out.untouched() && rstd_out.untouched()));
    if (with_statistics) {
        EXPECT_TRUE(statistic == Statistic::rms || mean_close(mean_out.get(), expected, tolerance));
        EXPECT_TRUE(rstd_close(rstd_out.get(), expected, tolerance));
    }
}

std::string DeviceCall::describe() const {
    return norm.text + " " + test::to_string(shape) + " " + name_of(dtypes) + " " + name_of(statistic);
}

std::vector<Kind> kinds_of(const std::string &signature) {
    std::vector<Kind> kinds;
    for (const Kernel *kernel : kernels()) {
        const bool is_new = std::ranges::none_of(kinds, [&](const Kind &kind) {
            return kind.statistic == kernel->statistic && kind.dtypes == kernel->dtypes;
        });
        if (is_new && kernel->device == device_under_test && kernel->signature == signature) {
            kinds.push_back({kernel->statistic, kernel->dtypes});
        }
    }
    EXPECT_FALSE(kinds.empty()) << "no kernel of signature " << signature;
    return kinds;
}

}  // namespace axnorm::test

#include "systems.h"

namespace axnorm::test {

namespace {
template <Expected (*function)(const Values &, const Shape &, const ReferenceOptions &)>
Expected without_groups(const Values &x, const Shape &shape, std::int64_t, const ReferenceOptions &options) {
    return function(x, shape, options);
}
}  // namespace

const std::vector<System> &systems() {
    static const std::vector<System> list = {
        {"batch_nchw", "b c h w -> c", "c", false, false, without_groups<batch_nchw>},
        {"batch_nhwc", "b h w c -> c", "c", true, false, without_groups<batch_nhwc>},
        {"layer", "b c h w -> b", "c h w", false, false, without_groups<layer>},
        {"instance_nchw", "b c h w -> b c", "c", false, false, without_groups<instance>},
        {"instance_nhwc", "b h w c -> b c", "c", true, false, without_groups<instance_nhwc>},
        {"group_nchw", "b (g n) h w -> b g", "(g n)", false, true, group},
        {"group_nhwc", "b h w (g n) -> b g", "(g n)", true, true, group_nhwc},
    };
    return list;
}

Shape System::shape(std::int64_t b, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return channels_last ? Shape{b, h, w, c} : Shape{b, c, h, w};
}

Shape System::params_shape(const Shape &x_shape) const {
    return params == "c h w" ? Shape(x_shape.begin() + 1, x_shape.end()) : Shape{x_shape[channels_last ? 3 : 1]};
}

Shape System::statistics_shape(const Shape &x_shape, std::int64_t groups) const {
    const std::int64_t b = x_shape[0], c = x_shape[channels_last ? 3 : 1];
    if (has_groups) {
        return {b, groups};
    }
    return name == "layer" ? Shape{b} : name.starts_with("batch") ? Shape{c} : Shape{b, c};
}

Call::Call(const System &s, const Shape &shape, std::int64_t g, const Values &x_values, const Storage &storage,
           DTypePair dtypes)
    : system(s), groups(g), x(shape, storage, dtypes.x), y(shape, storage, dtypes.y) {
    const DType computed = statistics_dtype(dtypes.x);
    x.fill(x_values);
    scale = Tensor(system.params_shape(shape), {}, computed);
    shift = Tensor(system.params_shape(shape), {}, computed);
    scale.fill(normal(scale.count(), 1, 0.25, 7001));
    shift.fill(normal(shift.count(), 0, 1, 7002));
    mean = Tensor(system.statistics_shape(shape, groups), {}, computed);
    rstd = Tensor(system.statistics_shape(shape, groups), {}, computed);
    options.scale = scale.view();
    options.shift = shift.view();
}

void Call::run() {
    options.mean = mean.out();
    options.rstd = rstd.out();
    const std::vector<NamedLength> lengths(system.has_groups ? 1 : 0, {"g", groups});
    normalize(parse(system.text, system.params), x.view(), y.out(), options, lengths);
}

Expected Call::expected() const {
    const Values scales = scale.get(), shifts = shift.get();
    return system.reference(x.get(), x.shape(), groups,
                            {.scale = options.scale.present() ? &scales : nullptr,
                             .shift = options.shift.present() ? &shifts : nullptr,
                             .eps = options.eps});
}

}  // namespace axnorm::test

// libtorch: what torch.nn.functional calls, without Python. Results are made anew by each call, as torch's are; the
// driver sees to it that they cost no page faults.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include "peer.h"
#include "signature.h"

namespace bench {

namespace {

using at::Tensor;

at::ScalarType type_of(axnorm::DType dtype) {
    switch (dtype) {
        case axnorm::DType::float16: return at::kHalf;
        case axnorm::DType::bfloat16: return at::kBFloat16;
        case axnorm::DType::float64: return at::kDouble;
        default: return at::kFloat;
    }
}

Tensor floats(const float *data, at::IntArrayRef shape) {
    return at::from_blob(const_cast<float *>(data), shape, at::kFloat);  // NOLINT: torch has no constant tensors
}

// The operands as torch has them: x in its logical shape, b c h w or rows.
struct Operands {
    Tensor x, y, scale, shift, mean, var;

    Operands(const Case &c, const Data &data, at::IntArrayRef shape, at::IntArrayRef steps) {
        const auto options = at::TensorOptions().dtype(type_of(c.dtype));
        x = at::from_blob(const_cast<void *>(data.x), shape, steps, options);  // NOLINT: as above
        y = at::from_blob(data.y, shape, steps, options);
        if (c.params != 0) {
            // Params of the dtype of x are taken everywhere.
            scale = floats(data.scale, {c.params}).to(type_of(c.dtype));
            shift = floats(data.shift, {c.params}).to(type_of(c.dtype));
        }
        if (c.statistic == given) {
            mean = floats(data.mean, {given_elements(c)});
            var = floats(data.rstd, {given_elements(c)}).pow(-2) - eps;
        }
    }
    std::optional<Tensor> weight() const { return scale.defined() ? std::optional(scale) : std::nullopt; }
    std::optional<Tensor> bias() const { return shift.defined() ? std::optional(shift) : std::nullopt; }
};

using Function = std::function<Tensor(const Operands &)>;

// The first run copies its result to y, where the driver looks for it; only later ones are timed.
Run runner(const Case &c, const Data &data, const std::vector<std::int64_t> &shape,
           const std::vector<std::int64_t> &steps, const Function &function, int threads) {
    at::set_num_threads(threads);
    const Operands operands(c, data, shape, steps);
    return [operands, function, result = Tensor(), first = true]() mutable {
        const c10::InferenceMode guard;
        result = Tensor();  // its memory is what the next one takes
        result = function(operands);
        if (first) {
            operands.y.copy_(result);
            first = false;
        }
    };
}

// How x is seen.
struct View {
    std::vector<std::int64_t> shape, steps;
};

View rows(std::int64_t count, std::int64_t length) {
    return {{count, length}, {length, 1}};
}

View image(const Case &c) {
    const std::int64_t b = length_of(c, "b"), h = length_of(c, "h"), w = length_of(c, "w");
    const std::int64_t channels = elements(c) / (b * h * w);
    if (is_nhwc(c)) {
        return {{b, channels, h, w}, {channels * h * w, 1, w * channels, channels}};
    }
    return {{b, channels, h, w}, {channels * h * w, h * w, w, 1}};
}

Tensor layer_norm(const Operands &o) {
    return at::layer_norm(o.x, {o.x.size(-1)}, o.weight(), o.bias(), eps);
}

Tensor rms_norm(const Operands &o) {
    return at::rms_norm(o.x, {o.x.size(-1)}, std::nullopt, eps);
}

Tensor batch_norm(const Operands &o) {
    const bool is_given = o.mean.defined();
    const auto mean = is_given ? std::optional(o.mean) : std::nullopt;
    const auto var = is_given ? std::optional(o.var) : std::nullopt;
    return at::batch_norm(o.x, o.weight(), o.bias(), mean, var, !is_given, 0.0, eps, true);
}

Tensor instance_norm(const Operands &o) {
    return at::instance_norm(o.x, o.weight(), o.bias(), std::nullopt, std::nullopt, true, 0.0, eps, true);
}

Function group_norm(std::int64_t groups) {
    return [groups](const Operands &o) { return at::group_norm(o.x, groups, o.weight(), o.bias(), eps, true); };
}

// Of each head, and then scale and shift, which differ between heads.
Tensor head_norm(const Operands &o) {
    const at::IntArrayRef head = o.x.sizes().slice(1);
    const Tensor y = at::layer_norm(o.x, {o.x.size(-1)}, std::nullopt, std::nullopt, eps);
    return at::addcmul(o.shift.view(head), y, o.scale.view(head));
}

// Layer norm of the channels of NCHW, in NHWC and back.
Tensor permuted_layer_norm(const Operands &o) {
    const Tensor pixels = o.x.permute({0, 2, 3, 1});
    const Tensor y = at::layer_norm(pixels, {pixels.size(-1)}, o.weight(), o.bias(), eps);
    return y.permute({0, 3, 1, 2}).contiguous();
}

// The same, as ConvNeXt writes it.
Tensor pixel_norm(const Operands &o) {
    const Tensor centred = o.x - o.x.mean({1}, true);
    const Tensor rstd = (centred.pow(2).mean({1}, true) + eps).rsqrt();
    return at::addcmul(o.shift.view({1, -1, 1, 1}), centred * rstd, o.scale.view({1, -1, 1, 1}));
}

}  // namespace

std::vector<Way> ways_of(const Case &c) {
    std::vector<Way> ways;
    const auto add = [&](const char *name, const View &view, const Function &function) {
        ways.push_back({name, [&c, view, function](const Data &data, int threads) {
                            return runner(c, data, view.shape, view.steps, function, threads);
                        }});
    };
    const Signature s = signature_of(c);
    const std::string kept = kept_axes(c);
    if (c.statistic == axnorm::Statistic::rms) {
        add("rms_norm", rows(s.extents[0], s.extents[1]), rms_norm);
        return ways;
    }
    if (kept == "c") {
        add("batch_norm", image(c), batch_norm);
    } else if (kept == "bc") {
        add("instance_norm", image(c), instance_norm);
        add("group_norm of one channel", image(c), group_norm(length_of(c, "c")));
    } else if (kept == "bg") {
        add("group_norm", image(c), group_norm(c.groups));
    } else if (kept == "btg") {
        const std::int64_t tokens = elements(c) / c.params;
        add("group_norm of tokens", rows(tokens, c.params), group_norm(c.groups));
        const std::int64_t length = c.params / c.groups;
        add("layer_norm, addcmul", {{tokens, c.groups, length}, {c.params, length, 1}}, head_norm);
    } else if (s.letters == "kRk") {
        add("permuted layer_norm", image(c), permuted_layer_norm);
        add("mean, pow, addcmul", image(c), pixel_norm);
    }
    const bool is_rows = s.letters == "kr" || s.letters == "kR" || s.letters == "r" || s.letters == "R";
    if (is_rows && c.statistic != given) {
        add("layer_norm", rows(elements(c) / s.extents.back(), s.extents.back()), layer_norm);
    }
    return ways;
}

std::string version() {
    return TORCH_VERSION;
}

}  // namespace bench

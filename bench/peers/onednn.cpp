// oneDNN: layer norm for rows, batch norm for batches, and batch norm again for instances, which it has no primitive
// for.
#include <algorithm>
#include <cmath>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>

#include "peer.h"
#include "signature.h"

namespace bench {

namespace {

using dnnl::memory;
using Dims = memory::dims;
using Arguments = std::unordered_map<int, memory>;

dnnl::engine &cpu() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

memory::data_type type_of(axnorm::DType dtype) {
    switch (dtype) {
        case axnorm::DType::float32: return memory::data_type::f32;
        case axnorm::DType::float16: return memory::data_type::f16;
        case axnorm::DType::bfloat16: return memory::data_type::bf16;
        default: throw std::runtime_error("no such dtype");
    }
}

memory memory_of(const memory::desc &description, const void *data) {
    return {description, cpu(), const_cast<void *>(data)};  // NOLINT: oneDNN has no memory that is only read
}

memory floats(std::int64_t count, const float *data) {
    return memory_of(memory::desc({count}, memory::data_type::f32, memory::format_tag::a), data);
}

// Executes one primitive once for each set of arguments. What `keep` holds lives as long.
Run executor(const dnnl::primitive &primitive, std::vector<Arguments> calls, std::shared_ptr<void> keep = {}) {
    dnnl::stream stream(cpu());
    return [primitive, calls = std::move(calls), stream, keep = std::move(keep)]() mutable {
        for (const Arguments &arguments : calls) {
            primitive.execute(stream, arguments);
        }
        stream.wait();
    };
}

dnnl::normalization_flags affine_flags(const Case &c) {
    return c.params == 0 ? dnnl::normalization_flags::none
                         : dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
}

Run layer_norm(const Case &c, const Data &data, const Dims &dims, memory::format_tag tag) {
    const memory::desc description(dims, type_of(c.dtype), tag);
    const dnnl::layer_normalization_forward::primitive_desc primitive(
        cpu(), dnnl::prop_kind::forward_inference, description, description, static_cast<float>(eps), affine_flags(c));
    Arguments arguments{{DNNL_ARG_SRC, memory_of(description, data.x)}, {DNNL_ARG_DST, memory_of(description, data.y)}};
    if (c.params != 0) {
        arguments.insert({DNNL_ARG_SCALE, floats(dims.back(), data.scale)});
        arguments.insert({DNNL_ARG_SHIFT, floats(dims.back(), data.shift)});
    }
    return executor(dnnl::layer_normalization_forward(primitive), {arguments});
}

// Params and statistics as a batch norm of `channels` takes them.
struct Channels {
    std::vector<float> scale, shift, mean, var;

    Channels(const Case &c, const Data &data, std::int64_t channels) {
        for (std::int64_t i = 0; i < channels && c.params != 0; ++i) {
            scale.push_back(data.scale[i % c.params]);
            shift.push_back(data.shift[i % c.params]);
        }
        for (std::int64_t i = 0; i < given_elements(c); ++i) {
            mean.push_back(data.mean[i]);
            var.push_back(1 / (data.rstd[i] * data.rstd[i]) - static_cast<float>(eps));
        }
    }
};

// `repeats` calls, each of `dims` behind the one before.
Run batch_norm(const Case &c, const Data &data, const Dims &dims, memory::format_tag tag, std::int64_t repeats = 1) {
    const memory::desc description(dims, type_of(c.dtype), tag);
    const bool is_given = c.statistic == given;
    const dnnl::normalization_flags flags =
        affine_flags(c) | (is_given ? dnnl::normalization_flags::use_global_stats : dnnl::normalization_flags::none);
    const dnnl::batch_normalization_forward::primitive_desc primitive(
        cpu(), dnnl::prop_kind::forward_inference, description, description, static_cast<float>(eps), flags);
    const auto channels = std::make_shared<Channels>(c, data, dims[1]);
    std::vector<Arguments> calls;
    const auto step = static_cast<std::int64_t>(description.get_size());
    for (std::int64_t i = 0; i < repeats; ++i) {
        Arguments arguments{{DNNL_ARG_SRC, memory_of(description, static_cast<const char *>(data.x) + i * step)},
                            {DNNL_ARG_DST, memory_of(description, static_cast<char *>(data.y) + i * step)}};
        if (c.params != 0) {
            arguments.insert({DNNL_ARG_SCALE, floats(dims[1], channels->scale.data())});
            arguments.insert({DNNL_ARG_SHIFT, floats(dims[1], channels->shift.data())});
        }
        if (is_given) {
            arguments.insert({DNNL_ARG_MEAN, floats(dims[1], channels->mean.data())});
            arguments.insert({DNNL_ARG_VARIANCE, floats(dims[1], channels->var.data())});
        }
        calls.push_back(arguments);
    }
    return executor(dnnl::batch_normalization_forward(primitive), std::move(calls), channels);
}

}  // namespace

std::vector<Way> ways_of(const Case &c) {
    std::vector<Way> ways;
    const auto add = [&](const char *name, auto make) {
        ways.push_back({name, [make](const Data &data, int) { return make(data); }});
    };
    if (c.statistic == axnorm::Statistic::rms) {
        return ways;
    }
    using tag = memory::format_tag;
    const Signature s = signature_of(c);
    const std::int64_t b = length_of(c, "b"), channels = length_of(c, "c"), h = length_of(c, "h"),
                       w = length_of(c, "w");
    const bool nhwc = is_nhwc(c);
    if (kept_axes(c) == "c") {
        const Dims dims{b, channels, h, w};
        add(nhwc ? "batch norm nhwc" : "batch norm nchw",
            [&c, dims, nhwc](const Data &data) { return batch_norm(c, data, dims, nhwc ? tag::nhwc : tag::nchw); });
    } else if (kept_axes(c) == "bc" && nhwc) {
        const Dims dims{1, channels, h, w};
        add("batch norm nhwc of each image",
            [&c, dims, b](const Data &data) { return batch_norm(c, data, dims, tag::nhwc, b); });
    } else if (kept_axes(c) == "bc") {
        const Dims dims{1, b * channels, h, w};
        add("batch norm nchw of b * c channels",
            [&c, dims](const Data &data) { return batch_norm(c, data, dims, tag::nchw); });
    }
    if (c.statistic == given) {
        return ways;
    }
    if (s.letters == "kr" || s.letters == "kR" || s.letters == "r" || s.letters == "R") {
        const std::int64_t row = s.extents.back();
        const Dims dims{elements(c) / row, row};
        add("layer norm", [&c, dims](const Data &data) { return layer_norm(c, data, dims, tag::ab); });
    } else if (s.letters == "kRk") {
        const Dims dims{s.extents[0], s.extents[2], s.extents[1]};
        add("layer norm acb", [&c, dims](const Data &data) { return layer_norm(c, data, dims, tag::acb); });
    }
    return ways;
}

std::string version() {
    const dnnl_version_t *v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace bench

#include "made_call.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>

#include "written.h"

namespace axnorm::fuzz {

using detail::at;

namespace {

struct Texts {
    const char *text, *params;
};
constexpr std::array<Texts, 16> templates = {{{"b c h w -> c", "c"},
                                              {"b h w c -> c", "c"},
                                              {"b c h w -> b", "c h w"},
                                              {"b ... c -> b ...", "c"},
                                              {"b c h w -> b h w", "c"},
                                              {"b c h w -> b c", "c"},
                                              {"b (g n) h w -> b g", "(g n)"},
                                              {"b h w (g n) -> b g", "(g n)"},
                                              {"b t (h d) -> b t h", "(h d)"},
                                              {"b t (h d) -> b t h", "d"},
                                              {"b c ->", "c"},
                                              {"a b c d e f -> b d f", "a c e"},
                                              {"a b c d e f -> (f d) b", "f a"},
                                              {"a 1 (b 2 c) ... -> 1 c ...", "2 (c ...)"},
                                              {"a b c d e f g h i -> b d f h", "b c"},
                                              {"... -> ", "..."}}};

// Short, and now and then as long as a vector or a block is.
std::int64_t length(Input &input) {
    constexpr std::array<std::int64_t, 16> all = {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 32, 33, 65, 130, 0};
    return all[static_cast<std::size_t>(input.below(all.size()))];
}

template <class T, std::size_t N>
T one_of(Input &input, const std::array<T, N> &all) {
    return all[static_cast<std::size_t>(input.below(N))];
}

}  // namespace

MadeCall::MadeCall(Input &input) {
    make_pattern(input);
    make_lengths(input);
    make_options(input);
    make_shapes(input);
    make_shared(input);
    seed = input.byte();
    for (int faults = std::max(0, input.byte() - 252); faults > 0; --faults) {
        make_fault(input);
    }
    forget_what_is_cut();
}

// Of options that are shorter than ours, or not there, all others have their defaults.
void MadeCall::forget_what_is_cut() {
    const std::size_t known = has_options ? options.size : 0;
    axnorm_options kept = AXNORM_OPTIONS_INIT;
    std::memcpy(&kept, &options, std::min(known, sizeof(kept)));
    kept.size = options.size;
    options = kept;
    constexpr std::array<std::size_t, tensor_count> offsets = {0,
                                                               0,
                                                               offsetof(axnorm_options, scale),
                                                               offsetof(axnorm_options, shift),
                                                               offsetof(axnorm_options, mean),
                                                               offsetof(axnorm_options, rstd),
                                                               offsetof(axnorm_options, given_mean),
                                                               offsetof(axnorm_options, given_rstd)};
    for (std::size_t i = scale; i < tensor_count; ++i) {
        tensors[i].present = tensors[i].present && offsets[i] < known;
    }
    if (shared && !(tensors[(*shared)[0]].present && tensors[(*shared)[1]].present)) {
        shared.reset();
    }
}

// A text of one letter, or none, is one of the templates.
void MadeCall::make_pattern(Input &input) {
    text = input.text();
    params = input.text();
    if (text.size() <= 1) {
        const Texts &texts = templates[text.empty() ? 0 : static_cast<unsigned char>(text[0]) % templates.size()];
        text = texts.text;
        params = texts.params;
    }
    text = text.c_str();  // up to its first 0
    params = params.c_str();
    try {
        pattern = parse(text, params);
    } catch (const Error &error) {
        AXNORM_WANT(error.code() == ErrorCode::pattern);
    }
}

void MadeCall::make_lengths(Input &input) {
    std::int64_t product = 1;
    const auto next = [&](std::int64_t wanted) {
        const std::int64_t taken = product * std::max<std::int64_t>(wanted, 1) <= Described::most_elements ? wanted : 1;
        product *= std::max<std::int64_t>(taken, 1);
        return taken;
    };
    for (int i = 0; pattern && i < pattern->axis_count; ++i) {
        const Axis &axis = at(pattern->axes, i);
        if (axis.is_ellipsis()) {
            for (int n = input.below(3); n > 0; --n) {
                ellipsis_.push_back(next(length(input)));
            }
        } else {
            at(lengths_, i) = axis.name.empty() ? axis.length : next(length(input));
            product *= axis.name.empty() ? axis.length : 1;
        }
        product = std::min<std::int64_t>(product, INT32_MAX);
    }
    // All that stand in a group; what can be found out as well is no fault.
    for (int d = 0; pattern && d < pattern->tensor.rank; ++d) {
        const auto axes = axes_of(pattern->tensor, d);
        for (const int axis : axes) {
            if (axes.size() > 1 && !at(pattern->axes, axis).name.empty()) {
                names.emplace_back(at(pattern->axes, axis).name);
                values.push_back(at(lengths_, axis));
            }
        }
    }
}

std::vector<std::int64_t> MadeCall::shape_of(const Dimensions &dimensions) const {
    std::vector<std::int64_t> shape;
    for (int d = 0; d < dimensions.rank; ++d) {
        std::int64_t product = 1;
        bool is_open = false;
        for (const int axis : axes_of(dimensions, d)) {
            if (axis != pattern->ellipsis) {
                (void)__builtin_mul_overflow(product, at(lengths_, axis), &product);
                continue;
            }
            is_open = !at(dimensions.runs, d).group;
            if (is_open) {
                shape.insert(shape.end(), ellipsis_.begin(), ellipsis_.end());
            }
            for (const std::int64_t extent : ellipsis_) {
                product *= extent;
            }
        }
        if (!is_open) {
            shape.push_back(product);
        }
    }
    shape.resize(std::min<std::size_t>(shape.size(), Described::most_dimensions));
    return shape;
}

void MadeCall::make_shapes(Input &input) {
    constexpr std::array<DType, 8> dtypes = {DType::float32, DType::float64, DType::float16, DType::bfloat16,
                                             DType::float32, DType::float32, DType::float32, DType::float32};
    const DType of_x = one_of(input, dtypes), other = one_of(input, dtypes), of_y = input.byte() < 240 ? of_x : other;
    const DType of_statistics = statistics_dtype(of_x), of_params = input.byte() < 128 ? of_x : of_statistics;
    const std::uint8_t order = input.byte();
    for (std::size_t i = 0; i < tensor_count; ++i) {
        Described &tensor = tensors[i];
        const bool is_data = i == x || i == y, is_params = i == scale || i == shift;
        tensor.set_dtype(i == x ? of_x : i == y ? of_y : is_params ? of_params : of_statistics);
        tensor.set_shape(!pattern    ? std::vector<std::int64_t>{3, 4}
                         : is_data   ? shape_of(pattern->tensor)
                         : is_params ? shape_of(pattern->params)
                                     : shape_of(pattern->statistics));
        if (tensor.present && (order & (1U << i)) != 0) {
            make_strides(input, tensor, i != y && i != mean && i != rstd);
        } else {
            tensor.has_strides = false;
        }
    }
    // In the order of x.
    if (!tensors[y].has_strides && tensors[x].has_strides && input.byte() < 128) {
        tensors[y].has_strides = true;
        tensors[y].strides = tensors[x].strides;
    }
}

// Dense ones in any order, with gaps or without; those of what is only read may be 0.
void MadeCall::make_strides(Input &input, Described &tensor, bool may_repeat) const {
    std::vector<int> order(static_cast<std::size_t>(tensor.tensor.ndim));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[static_cast<std::size_t>(input.below(static_cast<int>(i)))]);
    }
    std::int64_t stride = input.byte() < 224 ? 1 : 2;
    for (const int d : order) {
        const std::uint8_t gap = input.byte();
        const auto i = static_cast<std::size_t>(d);
        tensor.strides[i] = gap == 255 && may_repeat ? 0 : stride;
        const std::int64_t steps = std::max<std::int64_t>(tensor.shape[i], 1) + (gap < 240 ? gap % 4 == 3 : gap % 8);
        if (__builtin_mul_overflow(stride, steps, &stride)) {
            stride = INT64_MAX;
        }
    }
}

void MadeCall::make_options(Input &input) {
    has_options = input.byte() != 255;
    options.statistic = input.byte() % 3;
    // Few have threads, for which the fuzzer waits.
    options.threads = std::max(1, input.below(20) - 16);
    options.stores = input.byte() % 3;
    options.eps = one_of(input, std::array{1e-5, 0.0, 1e-3, 0.5});
    const std::uint8_t bits = input.byte();
    tensors[x].present = tensors[y].present = true;
    const bool is_given = options.statistic == AXNORM_GIVEN;
    const bool has_params = pattern && pattern->params.rank > 0;
    tensors[scale].present = has_params && (bits & 1) != 0;
    tensors[shift].present = has_params && (bits & 2) != 0;
    tensors[mean].present = options.statistic == AXNORM_MEAN_VAR && (bits & 4) != 0;
    tensors[rstd].present = !is_given && (bits & 8) != 0;
    tensors[given_mean].present = is_given && (bits & 16) != 0;
    tensors[given_rstd].present = is_given;
}

// Two tensors in one memory: y over x, mostly, or any two anywhere.
void MadeCall::make_shared(Input &input) {
    const std::uint8_t kind = input.byte();
    if (kind < 160) {
        return;
    }
    shared = {x, y};
    if (kind < 230) {
        tensors[y].tensor.dtype = tensors[x].tensor.dtype;
        tensors[y].has_strides = tensors[x].has_strides;
        tensors[y].strides = tensors[x].strides;
    } else {
        shared = {static_cast<std::size_t>(input.below(tensor_count)),
                  static_cast<std::size_t>(input.below(tensor_count))};
        shared_distance = 2 * (input.byte() - 100);
    }
    if ((*shared)[0] == (*shared)[1]) {
        shared.reset();
    }
}

void MadeCall::make_fault(Input &input) {
    Described &tensor = tensors[static_cast<std::size_t>(input.below(tensor_count))];
    const int kind = input.below(20);
    const auto dimension = static_cast<std::size_t>(input.below(Described::most_dimensions));
    const std::int64_t number = input.number();
    const auto low = static_cast<std::uint8_t>(number);
    switch (kind) {
        case 0: tensor.tensor.ndim = std::clamp<int>(static_cast<int>(number), -3, Described::most_dimensions); break;
        case 1: tensor.shape[dimension] = number; break;
        case 2:
            tensor.has_strides = true;
            tensor.strides[dimension] = number;
            break;
        case 3: tensor.tensor.dtype.code = low; break;
        case 4: tensor.tensor.dtype.bits = low; break;
        case 5: tensor.tensor.dtype.lanes = low; break;
        case 6: tensor.tensor.byte_offset = static_cast<std::uint64_t>(number); break;
        case 7: tensor.set_device(static_cast<std::int32_t>(number)); break;
        case 8: tensor.is_null = true; break;
        case 9: tensor.has_shape = false; break;
        case 10: tensor.present = !tensor.present; break;
        case 11: tensor.misaligned = true; break;
        case 12: options.size = static_cast<std::size_t>(number); break;
        case 13: options.statistic = static_cast<std::int32_t>(number); break;
        case 14: options.threads = static_cast<std::int32_t>(number); break;
        case 15: options.stores = static_cast<std::int32_t>(number); break;
        case 16: options.reserved = static_cast<std::int32_t>(number); break;
        case 17: options.eps = one_of(input, std::array{-1e-5, -0.0, std::nan(""), HUGE_VAL, 1e300, 1e-320}); break;
        case 18: options.workspace_size = low; break;
        default: names.emplace_back(dimension == 0 ? "other" : "b"); values.push_back(number);
    }
}

bool MadeCall::is_good() const {
    return std::ranges::all_of(tensors, [](const Described &t) { return !t.present || t.is_good(); });
}

int MadeCall::run(bool dry) {
    std::vector<axnorm_length> lengths;
    for (std::size_t i = 0; i < names.size(); ++i) {
        lengths.push_back({names[i].c_str(), values[i]});
    }
    std::array<DLTensor *, tensor_count> given{};
    for (std::size_t i = 0; i < tensor_count; ++i) {
        Described &described = tensors[i];
        given[i] = described.present ? &described.tensor : nullptr;
        described.tensor.shape = described.has_shape ? described.shape.data() : nullptr;
        described.tensor.strides = described.has_strides ? described.strides.data() : nullptr;
        const std::uint64_t first = reinterpret_cast<std::uintptr_t>(described.first) + (described.misaligned ? 1 : 0);
        described.tensor.data =
            described.is_null ? nullptr : reinterpret_cast<void *>(first - described.tensor.byte_offset);
    }
    options.scale = given[scale];
    options.shift = given[shift];
    options.mean = given[mean];
    options.rstd = given[rstd];
    options.given_mean = given[given_mean];
    options.given_rstd = given[given_rstd];
    // As long as it says it is: what is read behind it is found.
    const std::size_t known = std::min<std::size_t>(options.size, sizeof(options));
    const std::size_t said = options.size <= 4096 ? std::max(options.size, sizeof(std::size_t)) : sizeof(std::size_t);
    const auto copy = std::make_unique<unsigned char[]>(said);
    std::memcpy(copy.get(), &options, std::clamp(known, sizeof(std::size_t), said));
    const auto *with = has_options ? reinterpret_cast<const axnorm_options *>(copy.get()) : nullptr;
    const char *with_params = params.empty() && seed % 2 == 0 ? nullptr : params.c_str();
    std::size_t size = 1;
    const int code =
        dry ? axnorm_workspace_size(text.c_str(), with_params, given[x], given[y], lengths.data(), lengths.size(), with,
                                    &size)
            : axnorm_normalize(text.c_str(), with_params, given[x], given[y], lengths.data(), lengths.size(), with);
    AXNORM_WANT(!dry || (code == AXNORM_OK ? size == 0 : size == 1));
    return code;
}

}  // namespace axnorm::fuzz

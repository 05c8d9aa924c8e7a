#include "random_case.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <sstream>

#include "reference.h"

namespace axnorm::test {

struct RandomAxis {
    std::string name;  // a name, an integer, or 1
    std::int64_t length = 1;
    bool kept = false, params = false;

    bool is_named() const { return name[0] == 'a'; }
};

namespace {
// At most so many elements: the reference is slow, and small tensors have all the edges.
constexpr std::int64_t max_elements = 6000;

std::int64_t random_length(Random &random, std::int64_t room) {
    static const std::vector<std::int64_t> lengths = {1,  2,  2,  3,  3,  4,  5,  6,   7,   8,   9,   16,
                                                      17, 31, 32, 33, 63, 65, 96, 101, 129, 300, 2049};
    std::int64_t length = random.one_of(lengths);
    while (length > room) {
        length = random.one_of(lengths);
    }
    return random.chance(0.005) ? 0 : length;
}

std::vector<RandomAxis> random_axes(Random &random) {
    const std::vector<int> counts = {1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 7, 8};
    const int count = random.one_of(counts);
    const double kept = random.one_of(std::vector<double>{0.2, 0.5, 0.8}),
                 params = random.one_of(std::vector<double>{0, 0.3, 0.7});
    std::vector<RandomAxis> axes;
    std::int64_t room = max_elements;
    for (int i = 0; i < count; ++i) {
        RandomAxis axis{.name = "a" + std::to_string(i),
                        .length = random_length(random, std::max<std::int64_t>(room, 1))};
        room /= std::max<std::int64_t>(axis.length, 1);
        axis.kept = random.chance(kept);
        axis.params = random.chance(params);
        if (random.chance(0.06) && axis.length > 0) {  // an integer; 1 is a unit axis, of which params know nothing
            axis.name = std::to_string(axis.length);
            axis.kept = false;
            axis.params = axis.params && axis.length > 1;
        }
        axes.push_back(axis);
    }
    // Something is reduced; a unit axis is not enough.
    RandomAxis &last = axes[static_cast<std::size_t>(random.below(count))];
    if (last.name == "1") {
        last.name = "a_1";
    }
    last.kept = false;
    return axes;
}
// Axes as a side, some of them in groups, with unit axes between.
std::string make_side(Random &random, const std::vector<std::string> &axes) {
    std::vector<std::string> order = axes;
    if (random.chance(0.5)) {
        random.shuffle(order);
    }
    std::string side;
    bool open = false;
    for (const std::string &axis : order) {
        if (open && random.chance(0.5)) {
            side += ") ";
            open = false;
        }
        if (!open && random.chance(0.06)) {
            side += random.chance(0.5) ? "1 " : "() ";
        }
        if (!open && random.chance(0.25)) {
            side += "(";
            open = true;
        }
        side += axis + " ";
    }
    return side + (open ? ")" : "");
}

// Those that canonical kernels are linked for; half of the cases are of float32.
std::vector<DTypePair> dtypes_of_library(Statistic statistic, Device device) {
    std::vector<DTypePair> all;
    for (const Kernel *kernel : kernels()) {
        if (kernel->device == device && kernel->statistic == statistic && kernel->canonical() &&
            std::ranges::find(all, kernel->dtypes) == all.end()) {
            all.push_back(kernel->dtypes);
        }
    }
    all.insert(all.end(), all.size(), DTypePair{});
    return all;
}

}  // namespace

Storage random_storage(Random &random, std::size_t rank, bool broadcast) {
    Storage storage;
    if (random.chance(0.6)) {
        storage.order.resize(rank);
        std::iota(storage.order.begin(), storage.order.end(), 0);
        random.shuffle(storage.order);
    }
    if (random.chance(0.4)) {
        storage.padding.resize(rank);
        for (std::int64_t &padding : storage.padding) {
            padding = random.chance(0.5) ? random.below(4) : 0;
        }
    }
    storage.spacing = random.chance(0.1) ? 2 + random.below(2) : 1;
    if (broadcast && random.chance(0.15)) {
        storage.broadcast.resize(rank);
        for (std::size_t i = 0; i < rank; ++i) {
            storage.broadcast[i] = random.chance(0.4);
        }
    }
    storage.offset = random.chance(0.5) ? random.below(17) : 0;
    storage.byte_offset = random.chance(0.05) ? static_cast<int>(random.below(4)) : 0;
    return storage;
}

RandomCase::RandomCase(std::uint64_t s, Device on) : seed(s), device(on) {
    Random random(seed);
    make_pattern(random);
    statistic = random.one_of(
        std::vector<Statistic>{Statistic::mean_var, Statistic::mean_var, Statistic::rms, Statistic::given});
    dtypes = random.one_of(dtypes_of_library(statistic == Statistic::given ? Statistic::mean_var : statistic, device));
    narrow_params = random.chance(0.5);
    eps = random.one_of(std::vector<double>{1e-5, 1e-5, 1e-12, 1e-3, 0.5});
    threads = random.chance(0.8) ? 1 : 3;
    make_tensors(random);
}

// One dimension of the left side: an axis, or a group of which one length is left to be found.
void RandomCase::add_dimension(Random &random, std::span<const RandomAxis> axes) {
    const bool group = axes.size() > 1;
    const auto unknown = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(axes.size())));
    // Beside a length of 0 no other can be found.
    const bool has_zero =
        std::any_of(axes.begin(), axes.end(), [](const RandomAxis &axis) { return axis.length == 0; });
    text += group ? "(" : "";
    shape.push_back(1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        text += axes[i].name + " ";
        shape.back() *= axes[i].length;
        reduced_axes += !axes[i].kept && axes[i].length > 1 ? 1 : 0;
        const bool needed = group && (i != unknown || has_zero);
        if (axes[i].is_named() && (needed || random.chance(0.1))) {
            lengths[axes[i].name] = axes[i].length;
        }
    }
    text += group ? ") " : "";
}

// The ellipsis, for zero to two dimensions.
void RandomCase::add_ellipsis(Random &random, bool kept) {
    text += "... ";
    for (std::int64_t i = random.below(3); i > 0; --i) {
        shape.push_back(1 + random.below(3));
        reduced_axes += !kept && shape.back() > 1 ? 1 : 0;
    }
}

void RandomCase::make_pattern(Random &random) {
    const std::vector<RandomAxis> axes = random_axes(random);
    const bool has_ellipsis = random.chance(0.25), ellipsis_kept = random.chance(0.5),
               ellipsis_params = random.chance(0.3);
    const auto ellipsis = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(axes.size()) + 1));
    for (std::size_t i = 0; i <= axes.size();) {
        if (has_ellipsis && i == ellipsis) {
            add_ellipsis(random, ellipsis_kept);
        }
        const std::size_t end =
            has_ellipsis && i < ellipsis ? ellipsis : axes.size();  // a group does not reach over it
        const auto wanted = static_cast<std::size_t>(random.chance(0.25) ? 2 + random.below(2) : 1);
        const std::size_t size = std::min(wanted, end - i);
        if (size > 0) {
            add_dimension(random, std::span(axes).subspan(i, size));
        }
        i += std::max<std::size_t>(size, 1);
    }
    std::vector<std::string> kept, in_params;
    for (const RandomAxis &axis : axes) {
        if (axis.kept) {
            kept.push_back(axis.name);
        }
        if (axis.params) {
            in_params.push_back(axis.name);
        }
    }
    if (has_ellipsis && ellipsis_kept) {
        kept.emplace_back("...");
    }
    if (has_ellipsis && ellipsis_params) {
        in_params.emplace_back("...");
    }
    text += "-> " + make_side(random, kept);
    params = make_side(random, in_params);
}

void RandomCase::make_tensors(Random &random) {
    // Devices take elements at multiples of their size alone.
    const auto storage_of = [&](std::size_t rank, bool broadcast) {
        Storage storage = random_storage(random, rank, broadcast);
        storage.byte_offset = device == Device::cpu ? storage.byte_offset : 0;
        return storage;
    };
    x_storage = storage_of(shape.size(), true);
    y_storage = random.chance(0.5) ? x_storage : storage_of(shape.size(), false);
    y_storage.broadcast.clear();
    x = Tensor(shape, x_storage, dtypes.x);
    const DType computed = statistics_dtype(dtypes.x);
    const double mean_of_x = random.one_of(std::vector<double>{0, 3, -100}),
                 std_of_x = random.one_of(std::vector<double>{0.1, 1, 5});
    x.fill(normal(x.count(), mean_of_x, std_of_x, seed, dtypes.x));
    x_values = x.get();
    y = Tensor(shape, y_storage, dtypes.y);
    in_place = dtypes.x == dtypes.y && x.strides() == y.strides() && random.chance(0.3);
    y = in_place ? x : y;

    const Shape of_params = params_shape(text, params, shape, lengths),
                of_statistics = right_side_shape(text, shape, lengths);
    const auto parameter = [&](Values &values, double mean_value, double std_value) {
        Tensor tensor(of_params, storage_of(of_params.size(), true), narrow_params ? dtypes.x : computed);
        tensor.fill(normal(tensor.count(), mean_value, std_value, random.bits(), tensor.dtype()));
        values = tensor.get();
        return tensor;
    };
    scale = parameter(scale_values, 1, 0.5);
    shift = parameter(shift_values, 0, 1);
    has_scale = !params.empty() && random.chance(0.7);
    has_shift = !params.empty() && random.chance(0.7);
    mean = Tensor(of_statistics, storage_of(of_statistics.size(), false), computed);
    rstd = Tensor(of_statistics, storage_of(of_statistics.size(), false), computed);
    has_mean = statistic != Statistic::rms && random.chance(0.5);
    has_rstd = statistic == Statistic::given || random.chance(0.5);
    if (statistic == Statistic::given) {
        mean.fill(normal(mean.count(), mean_of_x, std_of_x, random.bits()));
        rstd.fill(normal(rstd.count(), 1 / std_of_x, 0.1 / std_of_x, random.bits()));
        mean_values = mean.get();
        rstd_values = rstd.get();
    }
}

std::string RandomCase::describe() const {
    std::ostringstream out;
    out << "seed " << seed << ": \"" << text << "\", \"" << params << "\", shape " << to_string(shape) << ", lengths";
    for (const auto &[name, length] : lengths) {
        out << ' ' << name << '=' << length;
    }
    out << ", " << name_of(statistic) << " of " << name_of(dtypes) << ", eps " << eps << ", threads " << threads
        << (in_place ? ", in place" : "") << "\n  x " << x_storage << "\n  x strides " << to_string(x.strides())
        << "\n  y " << y_storage << "\n  y strides " << to_string(y.strides());
    const auto tensor = [&](const char *name, bool present, const Tensor &t) {
        if (present) {
            out << "\n  " << name << ' ' << name_of(t.dtype()) << ' ' << to_string(t.shape()) << " strides "
                << to_string(t.strides());
        }
    };
    tensor("scale", has_scale, scale);
    tensor("shift", has_shift, shift);
    tensor("mean", has_mean, mean);
    tensor("rstd", has_rstd, rstd);
    return out.str();
}

ReferenceOptions RandomCase::reference_options() const {
    return {.scale = has_scale ? &scale_values : nullptr,
            .shift = has_shift ? &shift_values : nullptr,
            .eps = eps,
            .statistic = statistic,
            .given_mean = has_mean ? &mean_values : nullptr,
            .given_rstd = &rstd_values};
}

Options RandomCase::options(const Tensor &mean_out, const Tensor &rstd_out, const View &view) const {
    Options options{.statistic = statistic, .eps = eps, .parallel = {.threads = threads}};
    if (has_scale) {
        options.scale = view(scale);
    }
    if (has_shift) {
        options.shift = view(shift);
    }
    if (has_mean && statistic == Statistic::given) {
        options.given_mean = view(mean_out);
    } else if (has_mean) {
        options.mean = view(mean_out);
    }
    if (statistic == Statistic::given) {
        options.given_rstd = view(rstd_out);
    } else if (has_rstd) {
        options.rstd = view(rstd_out);
    }
    return options;
}

std::vector<NamedLength> RandomCase::named_lengths() const {
    std::vector<NamedLength> named;
    for (const auto &[name, length] : lengths) {
        named.push_back({name, length});
    }
    return named;
}

void RandomCase::call(const Tensor &y_out, const Tensor &mean_out, const Tensor &rstd_out, bool canonical,
                      const View &view) const {
    Options of_call = options(mean_out, rstd_out, view);
    of_call.canonical = canonical;
    // The other way than the canonical kernel: either gives the same bits.
    of_call.stores = canonical == (seed % 2 == 0) ? Stores::streaming : Stores::cached;
    normalize(parse(text, params), view(in_place ? y_out : x), view(y_out), of_call, named_lengths());
}

void expect_as_the_reference(const RandomCase &c) {
    const Expected expected = by_pattern(c.text, c.params, c.shape, c.lengths, c.x_values, c.reference_options());
    const Tolerance tolerance = Tolerance().of(c.dtypes);
    EXPECT_TRUE(y_close(c.y.get(), expected, tolerance));
    EXPECT_TRUE(c.in_place || same_bits(c.x.get(), c.x_values));
    EXPECT_TRUE(c.x.guards_intact() && c.y.guards_intact() && c.mean.guards_intact() && c.rstd.guards_intact());
    EXPECT_TRUE(same_bits(c.scale.get(), c.scale_values) && same_bits(c.shift.get(), c.shift_values));
    if (c.statistic == Statistic::given) {
        EXPECT_TRUE(same_bits(c.mean.get(), c.mean_values) && same_bits(c.rstd.get(), c.rstd_values));
        return;
    }
    EXPECT_TRUE(c.has_mean || c.mean.untouched());
    EXPECT_TRUE(c.has_rstd || c.rstd.untouched());
    if (c.has_mean) {
        EXPECT_TRUE(mean_close(c.mean.get(), expected, tolerance));
    }
    if (c.has_rstd) {
        EXPECT_TRUE(rstd_close(c.rstd.get(), expected, tolerance));
    }
}

}  // namespace axnorm::test

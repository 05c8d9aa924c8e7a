#include "kernel_case.h"

#include <algorithm>
#include <sstream>

#include "reference.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/call/run_planned.h"
#include "runtime/planning/costs.h"

namespace axnorm::test {

namespace {
// An element of padding wherever neighbours could merge, and none inside of the innermost axis.
// A block of a short group and the next one has no gap: they are of different kinds anyway.
Storage unmerged(std::string_view signature, bool contiguous, bool is_block) {
    Storage storage;
    storage.padding.assign(signature.size(), 0);
    for (std::size_t i = 1; i < signature.size(); ++i) {
        storage.padding[i] = 1;
    }
    if (is_block) {
        storage.padding.back() = 0;
    }
    storage.spacing = contiguous ? 1 : 2;
    return storage;
}
}  // namespace

Signature::Signature(std::string_view text) {
    if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
        most = std::stoll(std::string(text.substr(dash + 1)));
        text = text.substr(0, dash);
    }
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            extents.back() = extents.back() * 10 + (c - '0');
        } else {
            letters += c;
            extents.push_back(0);
        }
    }
}

std::vector<Shape> few_shapes(const Signature &signature) {
    const std::size_t letters = signature.letters.size();
    std::vector<Shape> shapes(3, Shape(letters, 2));
    shapes[0].front() = 3;
    shapes[0].back() = 4;
    shapes[1].back() = 37;
    const std::size_t reduced = signature.letters.find_last_of("rR");
    shapes[2][reduced] = letters > 4 ? 200 : 9001;
    for (Shape &shape : shapes) {
        for (std::size_t i = 0; i < letters; ++i) {
            shape[i] = signature.extents[i] != 0 ? signature.extents[i] : shape[i];
        }
        shape.back() = signature.most != 0 ? std::min(shape.back(), signature.most) : shape.back();
        shape[reduced] = product(shape) > 100000 ? 37 : shape[reduced];  // beside large ones that are fixed
    }
    return shapes;
}

SignaturePattern::SignaturePattern(std::string_view signature) {
    std::string right;
    for (std::size_t i = 0; i < signature.size(); ++i) {
        const std::string name = std::string(1, static_cast<char>('a' + i)) + " ";
        text += name;
        right += signature[i] == 'k' || signature[i] == 'K' ? name : "";
        if (signature[i] == 'K' || signature[i] == 'R') {
            params += name;
            params_axes.push_back(static_cast<int>(i));
        }
    }
    text += "-> " + right;
}

KernelCase::KernelCase(const Kernel &k, const Shape &extents_of_letters, const Variant &v, std::uint64_t seed)
    : kernel(k), pattern(Signature(k.signature).letters), shape(extents_of_letters), variant(v) {
    variant.scale = variant.scale && !pattern.params.empty();
    variant.shift = variant.shift && !pattern.params.empty();
    variant.given = variant.given && kernel.statistic == Statistic::mean_var && kernel.letters.most == 0;
    variant.in_place = variant.in_place && kernel.dtypes.x == kernel.dtypes.y;
    const bool is_block = kernel.letters.block_extent() != 0 || kernel.letters.has_channels();
    const Storage storage = unmerged(Signature(kernel.signature).letters, kernel.contiguous, is_block);
    x = Tensor(shape, storage, kernel.dtypes.x);
    y = variant.in_place ? x : Tensor(shape, storage, kernel.dtypes.y);
    x.fill(normal(x.count(), 3, 2, seed, x.dtype()));
    options.statistic = statistic();
    options.canonical = kernel.canonical();
    options.stores = variant.streaming ? Stores::streaming : Stores::cached;
    make_params(is_block, seed);
    make_statistics(seed);
}

void KernelCase::make_params(bool is_block, std::uint64_t seed) {
    Shape params;
    for (const int axis : pattern.params_axes) {
        params.push_back(shape[static_cast<std::size_t>(axis)]);
    }
    // Params of several axes are padded, so that these do not merge either.
    Storage storage{.padding = Shape(params.size(), 1), .spacing = kernel.contiguous_params ? 1 : 2};
    if (is_block && !params.empty()) {
        storage.padding.back() = 0;
    }
    scale = Tensor(params, storage, statistics_dtype(kernel.dtypes.x));
    shift = Tensor(params, storage, statistics_dtype(kernel.dtypes.x));
    scale.fill(normal(scale.count(), 1, 0.5, seed + 1));
    shift.fill(normal(shift.count(), 0, 1, seed + 2));
    if (variant.scale) {
        options.scale = scale.view();
    }
    if (variant.shift) {
        options.shift = shift.view();
    }
}

void KernelCase::make_statistics(std::uint64_t seed) {
    const Shape statistics = right_side_shape(pattern.text, shape, {});
    mean = Tensor(statistics, {}, statistics_dtype(kernel.dtypes.x));
    rstd = Tensor(statistics, {}, mean.dtype());
    if (variant.given) {
        mean.fill(normal(mean.count(), 3, 0.5, seed + 3));
        rstd.fill(normal(rstd.count(), 1, 0.2, seed + 4));
        options.given_mean = mean.view();
        options.given_rstd = rstd.view();
        return;
    }
    if (variant.mean && kernel.statistic == Statistic::mean_var) {
        options.mean = mean.out();
    }
    if (variant.rstd) {
        options.rstd = rstd.out();
    }
}

std::string KernelCase::describe() const {
    std::ostringstream out;
    out << "kernel " << kernel.name << " signature " << kernel.signature << " shape " << to_string(shape) << " scale "
        << variant.scale << " shift " << variant.shift << " mean " << variant.mean << " rstd " << variant.rstd
        << " in place " << variant.in_place << " given " << variant.given << " streaming " << variant.streaming;
    return out.str();
}

// Without its params, or with an axis of length 1, a pattern has fewer letters than the kernel.
bool KernelCase::is_exact() const {
    return (pattern.params.empty() || variant.scale || variant.shift) &&
           std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent > 1; });
}

Operands KernelCase::operands(const ConstTensorView &in, const ConstTensorView &out) const {
    Operands operands;
    operands.statistic = statistic();
    operands.tensors = {&in,
                        &out,
                        &options.scale,
                        &options.shift,
                        variant.given ? &options.given_mean : &options.mean,
                        variant.given ? &options.given_rstd : &options.rstd};
    return operands;
}

bool KernelCase::run_planned(Stores stores) {
    const ConstTensorView in = x.view(), out = y.view();
    const Operands of_call = operands(in, out);
    const Layout layout = make_layout(parse(pattern.text, pattern.params), of_call, {});
    Plan plan;
    if (plan_kernel(kernel, layout, of_call, this_machine(Device::cpu), plan) != nullptr) {
        return false;
    }
    Options with_stores = options;
    with_stores.stores = stores;
    axnorm::run_planned(layout, plan, of_call, with_stores);
    return true;
}

void KernelCase::expect_selected() const {
    const ConstTensorView x_view = x.view(), y_view = y.view();
    const Operands operands = this->operands(x_view, y_view);
    const Layout layout = make_layout(parse(pattern.text, pattern.params), operands, {});
    const Kernel &selected = select_kernel(layout, operands, options.canonical);
    if (kernel.letters.has_channels() && selected.letters.block_extent() == shape.back()) {  // a length of its own
        EXPECT_LT(cost_of(selected), cost_of(kernel));
        return;
    }
    if (selected.letters.most != kernel.letters.most) {  // the same loops, for rows as short or as long
        EXPECT_TRUE(shape.back() <= selected.letters.most || selected.letters.fixed_extents() > 0);
        EXPECT_LT(cost_of(selected), cost_of(kernel));
        EXPECT_EQ(Signature(selected.signature).letters, Signature(kernel.signature).letters);
        return;
    }
    // It, or one as good that was linked before it.
    EXPECT_EQ(cost_of(selected), cost_of(kernel)) << layout.signature() << ": " << selected.name;
    EXPECT_EQ(selected.letters.kept_innermost, kernel.letters.kept_innermost);
    EXPECT_EQ(selected.contiguous, kernel.contiguous);
    EXPECT_EQ(selected.contiguous_params, kernel.contiguous_params || !(variant.scale || variant.shift));
}

void KernelCase::run() {
    SCOPED_TRACE(describe());
    const Values input = x.get(), scales = scale.get(), shifts = shift.get(), means = mean.get(), rstds = rstd.get();
    ReferenceOptions reference{.eps = options.eps, .statistic = statistic()};
    reference.scale = variant.scale ? &scales : nullptr;
    reference.shift = variant.shift ? &shifts : nullptr;
    reference.given_mean = &means;
    reference.given_rstd = &rstds;
    const Expected expected = by_pattern(pattern.text, pattern.params, shape, {}, input, reference);
    if (is_exact()) {
        expect_selected();
    }
    normalize(pattern.text, pattern.params, x.view(), y.out(), options);
    const Tolerance tolerance = Tolerance().of(kernel.dtypes);
    EXPECT_TRUE(y_close(y.get(), expected, tolerance));
    if (!variant.given) {
        EXPECT_TRUE(options.mean.present() || mean.untouched());
        EXPECT_TRUE(options.rstd.present() || rstd.untouched());
    }
    if (options.mean.present()) {
        EXPECT_TRUE(mean_close(mean.get(), expected, tolerance));
    }
    if (options.rstd.present()) {
        EXPECT_TRUE(rstd_close(rstd.get(), expected, tolerance));
    }
    EXPECT_TRUE(y.guards_intact() && mean.guards_intact() && rstd.guards_intact() && x.guards_intact());
    EXPECT_TRUE(variant.in_place || same_bits(x.get(), input));
}

}  // namespace axnorm::test

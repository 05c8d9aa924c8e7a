// Every linked kernel against the reference, over a grid of shapes.
//
// Each kernel gets tensors of its own signature: an axis for each letter, in memory order, with padding between axes of
// the same letter, so that they do not merge. That this very kernel is chosen is checked.
#include <cast_norms.h>
#include <fixed_norms.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "pattern_reference.h"
#include "runtime/call/kernel_choice.h"
#include "runtime/planning/costs.h"

namespace axnorm::test {
namespace {

// A signature without its extents, and these by letter; 0 where a letter has none. "kR-128" has at most 128 of the
// last one, "krKR-32" at most 32.
struct Signature {
    std::string letters;
    Shape extents;
    std::int64_t most = 0;

    explicit Signature(std::string_view text) {
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
};

// "kKRr" as the pattern "a b c d -> a b" with params "b c".
struct SignaturePattern {
    std::string text, params;
    std::vector<int> params_axes;

    explicit SignaturePattern(std::string_view signature) {
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
};

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

struct Variant {
    bool scale, shift, mean, rstd, in_place;
    bool given = false;  // mean and rstd are read, where the kernel takes them
};

// One call on tensors of a signature.
struct KernelCase {
    const Kernel &kernel;
    SignaturePattern pattern;
    Shape shape;
    Variant variant;
    Tensor x, y, scale, shift, mean, rstd;
    Options options;

    KernelCase(const Kernel &k, const Shape &extents_of_letters, const Variant &v, std::uint64_t seed)
        : kernel(k), pattern(Signature(k.signature).letters), shape(extents_of_letters), variant(v) {
        variant.scale = variant.scale && !pattern.params.empty();
        variant.shift = variant.shift && !pattern.params.empty();
        const bool is_block = kernel.letters.block_extent() != 0 || kernel.letters.has_channels();
        const Storage storage = unmerged(Signature(kernel.signature).letters, kernel.contiguous, is_block);
        const DType computed = statistics_dtype(kernel.dtypes.x);
        variant.given = variant.given && kernel.statistic == Statistic::mean_var && kernel.letters.most == 0;
        variant.in_place = variant.in_place && kernel.dtypes.x == kernel.dtypes.y;
        x = Tensor(shape, storage, kernel.dtypes.x);
        y = variant.in_place ? x : Tensor(shape, storage, kernel.dtypes.y);
        x.fill(normal(x.count(), 3, 2, seed, x.dtype()));
        options.statistic = statistic();
        options.canonical = kernel.canonical();
        options.stores = seed % 2 == 0 ? Stores::cached : Stores::streaming;
        Shape params;
        for (const int axis : pattern.params_axes) {
            params.push_back(shape[static_cast<std::size_t>(axis)]);
        }
        // Params of several axes are padded, so that these do not merge either.
        Storage params_storage{.padding = Shape(params.size(), 1), .spacing = kernel.contiguous_params ? 1 : 2};
        if (is_block && !params.empty()) {
            params_storage.padding.back() = 0;
        }
        scale = Tensor(params, params_storage, computed);
        shift = Tensor(params, params_storage, computed);
        scale.fill(normal(scale.count(), 1, 0.5, seed + 1));
        shift.fill(normal(shift.count(), 0, 1, seed + 2));
        if (variant.scale) {
            options.scale = scale.view();
        }
        if (variant.shift) {
            options.shift = shift.view();
        }
        make_statistics(seed);
    }

    Statistic statistic() const { return variant.given ? Statistic::given : kernel.statistic; }

    void make_statistics(std::uint64_t seed) {
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

    std::string describe() const {
        std::ostringstream out;
        out << "kernel " << kernel.name << " signature " << kernel.signature << " shape " << to_string(shape)
            << " scale " << variant.scale << " shift " << variant.shift << " mean " << variant.mean << " rstd "
            << variant.rstd << " in place " << variant.in_place << " given " << variant.given;
        return out.str();
    }

    // Without its params, or with an axis of length 1, a pattern has fewer letters than the kernel.
    bool is_exact() const {
        return (pattern.params.empty() || variant.scale || variant.shift) &&
               std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent > 1; });
    }

    void expect_selected() const {
        const bool given = variant.given;
        const ConstTensorView x_view = x.view(), y_view = y.view();
        Operands operands;
        operands.statistic = statistic();
        operands.tensors = {&x_view,
                            &y_view,
                            &options.scale,
                            &options.shift,
                            given ? &options.given_mean : &options.mean,
                            given ? &options.given_rstd : &options.rstd};
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

    void run() {
        SCOPED_TRACE(describe());
        const Values input = x.get(), scales = scale.get(), shifts = shift.get(), means = mean.get(),
                     rstds = rstd.get();
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
};

// 1: the axis is dropped. 2 and 3: less than a vector. 31 to 33 and 63 to 65: one less and more than the 32 lanes of
// the sums, which are also the columns of a tile, and than two of them. 37 and 101: primes, no multiple of any vector.
const std::vector<std::int64_t> grid = {0, 1, 2, 3, 31, 32, 33, 37, 63, 64, 65, 101};

// Extents that are small, differ where the letters are few, and are no 1.
Shape small_shape(std::size_t letters) {
    Shape shape;
    for (std::size_t i = 0; i < letters; ++i) {
        shape.push_back(letters > 4 ? 2 : std::vector<std::int64_t>{3, 2, 5, 4}[i]);
    }
    return shape;
}

// A grid along each letter, the other ones being small; and along the two innermost letters together.
std::vector<Shape> shapes_for(std::string_view kernel_signature) {
    const Signature signature(kernel_signature);
    const std::size_t letters = signature.letters.size();
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < letters; ++i) {
        for (const std::int64_t extent : grid) {
            shapes.push_back(small_shape(letters));
            shapes.back()[i] = extent;
        }
    }
    for (const std::int64_t outer : {2, 31, 33, 65}) {
        if (letters < 2) {
            break;
        }
        for (const std::int64_t inner : {7, 32, 33, 65}) {
            shapes.push_back(letters > 4 ? Shape(letters, 1) : small_shape(letters));
            shapes.back()[letters - 2] = outer;
            shapes.back()[letters - 1] = inner;
        }
    }
    // About blocks of 128 steps of 32 lanes, along each letter: half of one and more, one more element than one, and
    // two with a rest.
    for (std::size_t i = 0; i < letters; ++i) {
        for (const std::int64_t extent : {2049, 4097, 9001}) {
            shapes.emplace_back(letters, letters > 4 ? 1 : 2);
            if (letters > 1) {
                shapes.back()[i == 0 ? 1 : i - 1] = 2;
            }
            shapes.back()[i] = extent;
        }
    }
    for (Shape &shape : shapes) {
        for (std::size_t i = 0; i < letters; ++i) {
            shape[i] = signature.extents[i] != 0 ? signature.extents[i] : shape[i];
        }
    }
    if (signature.most != 0) {
        std::erase_if(shapes, [&](const Shape &shape) { return shape.back() > signature.most; });
        for (std::int64_t extent = 1; extent <= signature.most; ++extent) {
            for (const std::int64_t rows : {5, 32, 65}) {  // less than a batch, half of one or one, and more than one
                shapes.push_back(small_shape(letters));
                shapes.back()[letters - 2] = rows;
                shapes.back()[letters - 1] = extent;
            }
        }
    }
    // A grid of small extents beside large ones that are fixed.
    std::erase_if(shapes, [](const Shape &shape) { return product(shape) > 200000; });
    std::ranges::sort(shapes);
    shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
    return shapes;
}

const std::vector<Variant> variants = {
    {true, true, true, true, false},         {false, false, false, false, false},     {true, false, true, false, false},
    {false, true, false, true, false},       {true, true, false, false, true},        {false, false, true, true, true},
    {true, true, false, false, false, true}, {false, true, false, false, true, true},
};

class EveryKernel : public testing::TestWithParam<std::size_t> {
  protected:
    const Kernel &kernel() const { return *kernels()[GetParam()]; }
};

TEST_P(EveryKernel, OverTheGrid) {
    if (kernel().letters.most != 0 && std::string_view(cpu_isa()) == "baseline") {
        GTEST_SKIP() << "kernels for short rows need AVX2";
    }
    std::uint64_t seed = 100;
    for (const Shape &shape : shapes_for(kernel().signature)) {
        // All variants on small tensors, two in turn on large ones.
        const bool is_large = product(shape) > 4000;
        for (std::size_t v = 0; v < variants.size(); ++v) {
            if (!is_large || v == 0 || v == 1 + seed % (variants.size() - 1)) {
                KernelCase(kernel(), shape, variants[v], ++seed).run();
            }
        }
        if (HasFailure()) {
            return;  // one shape says enough
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryKernel, testing::Range<std::size_t>(0, kernels().size()),
                         [](const auto &parameter) { return std::string(kernels()[parameter.param]->name); });

// What a fixed extent changes is speed: every bit is that of the canonical kernels, on any number of threads, which
// never divide a group whose extent is compiled in.
TEST(FixedExtents, ChangeNoBit) {
    int tested = 0;
    for (const Kernel *kernel : kernels()) {
        if (kernel->letters.fixed_extents() == 0) {
            continue;
        }
        ++tested;
        Shape shape = Signature(kernel->signature).extents;
        std::int64_t room = 300000;  // enough for threads
        for (const std::int64_t extent : shape) {
            room /= std::max<std::int64_t>(extent, 1);
        }
        for (std::int64_t &extent : shape) {
            const bool is_last_free = std::count(shape.begin(), shape.end(), 0) == 1;
            if (extent == 0) {
                extent = is_last_free ? room : 3;
                room /= extent;
            }
        }
        KernelCase fixed(*kernel, shape, variants[0], 5), canonical(*kernel, shape, variants[0], 5);
        canonical.options.canonical = true;
        fixed.expect_selected();
        for (const int threads : {1, 2, 5}) {
            fixed.options.parallel.threads = threads;
            normalize(fixed.pattern.text, fixed.pattern.params, fixed.x.view(), fixed.y.out(), fixed.options);
            normalize(fixed.pattern.text, fixed.pattern.params, canonical.x.view(), canonical.y.out(),
                      canonical.options);
            EXPECT_TRUE(same_bits(fixed.y.get(), canonical.y.get())) << fixed.describe() << ", " << threads;
            EXPECT_TRUE(same_bits(fixed.rstd.get(), canonical.rstd.get())) << fixed.describe();
            EXPECT_TRUE(fixed.y.guards_intact());
        }
    }
    EXPECT_GE(tested, 6);
}

// Neither does it to be compiled for short rows.
TEST(ShortRows, ChangeNoBit) {
    int tested = 0;
    for (const Kernel *kernel : kernels()) {
        const auto dtypes = default_dtypes();  // those that have canonical kernels
        if (kernel->letters.most == 0 || std::string_view(cpu_isa()) == "baseline" ||
            std::ranges::find(dtypes, kernel->dtypes) == dtypes.end()) {
            continue;
        }
        ++tested;
        const std::size_t letters = Signature(kernel->signature).letters.size();
        for (std::int64_t length = 2; length <= kernel->letters.most; ++length) {
            Shape shape(letters, 2);
            shape[letters - 2] = 67;
            shape[letters - 1] = length;
            const auto seed = static_cast<std::uint64_t>(length);
            KernelCase rows(*kernel, shape, variants[0], seed), canonical(*kernel, shape, variants[0], seed);
            canonical.options.canonical = true;
            rows.expect_selected();
            normalize(rows.pattern.text, rows.pattern.params, rows.x.view(), rows.y.out(), rows.options);
            normalize(rows.pattern.text, rows.pattern.params, canonical.x.view(), canonical.y.out(), canonical.options);
            EXPECT_TRUE(same_bits(rows.y.get(), canonical.y.get())) << rows.describe();
            EXPECT_TRUE(same_bits(rows.rstd.get(), canonical.rstd.get())) << rows.describe();
        }
    }
    EXPECT_TRUE(tested >= 6 || std::string_view(cpu_isa()) == "baseline");
}

// A loop over an empty list would pass.
TEST(Registry, HasKernels) {
    ASSERT_FALSE(kernels().empty());
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        for (const DTypePair dtypes : default_dtypes()) {
            for (const bool kept_innermost : {false, true}) {
                EXPECT_TRUE(std::ranges::any_of(kernels(),
                                                [&](const Kernel *kernel) {
                                                    return kernel->canonical() && kernel->statistic == statistic &&
                                                           kernel->dtypes == dtypes &&
                                                           kernel->letters.kept_innermost == kept_innermost;
                                                }))
                    << name_of(statistic) << ' ' << name_of(dtypes);
            }
        }
    }
}

TEST(Registry, NamesAreDistinct) {
    std::vector<std::string_view> names;
    for (const Kernel *kernel : kernels()) {
        names.push_back(kernel->name);
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace axnorm::test

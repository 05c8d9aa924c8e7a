// Every linked kernel against the reference, over a grid of shapes.
#include <cast_norms.h>
#include <fixed_norms.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "kernel_case.h"
#include "long_tests.h"
#include "pairwise.h"
#include "runtime/system/halide_hooks.h"
#include "runtime/system/isa.h"

namespace axnorm::test {
namespace {

// 1: the axis is dropped. 2 and 3: less than a vector. 31 to 33 and 63 to 65: one less and more than the 32 lanes of
// the sums, which are also the columns of a tile, and than two of them. 37 and 101: primes, no multiple of any vector.
const std::vector<std::int64_t> long_grid = {0, 1, 2, 3, 31, 32, 33, 37, 63, 64, 65, 101};
const std::vector<std::int64_t> grid = {0, 1, 3, 31, 33, 64, 101};
// Of a loop that counts and does nothing else: no turn, one, and more.
const std::vector<std::int64_t> turns = {0, 1, 3};
// About blocks of 128 steps of 32 lanes: half of one and more, one more element than one, and two with a rest.
const std::vector<std::int64_t> blocks = {2049, 4097, 9001};
// Of short rows, where vectors of 4, 8, 16 and 32 elements end.
const std::vector<std::int64_t> vector_ends = {1,  2,  3,  4,  5,  7,  8,  9,  11, 15, 16,  17,
                                               31, 32, 33, 47, 48, 49, 63, 64, 65, 97, 127, 128};

// Whether sums, blocks, tiles or vectors go along a letter: the two innermost ones of its kind, kept or reduced. What
// is outside of them are loops, which have as many turns as they have.
bool is_inner(const std::string &letters, std::size_t i) {
    const auto is_kept = [](char letter) { return letter == 'k' || letter == 'K'; };
    return std::count_if(letters.begin() + static_cast<std::ptrdiff_t>(i) + 1, letters.end(),
                         [&](char letter) { return is_kept(letter) == is_kept(letters[i]); }) < 2;
}

// Extents that are small, differ where the letters are few, and are no 1.
Shape small_shape(std::size_t letters) {
    Shape shape;
    for (std::size_t i = 0; i < letters; ++i) {
        shape.push_back(letters > 4 ? 2 : std::vector<std::int64_t>{3, 2, 5, 4}[i]);
    }
    return shape;
}

// A grid along each letter, the other ones being small.
void add_grid(const std::string &letters, std::vector<Shape> &shapes) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
        for (const std::int64_t extent : long_tests() ? long_grid : is_inner(letters, i) ? grid : turns) {
            shapes.push_back(small_shape(letters.size()));
            shapes.back()[i] = extent;
        }
    }
}

// And along the two innermost letters together.
void add_tiles(const std::string &letters, std::vector<Shape> &shapes) {
    if (letters.size() < 2) {
        return;
    }
    const std::vector<std::int64_t> outers = {2, 33, 31, 65}, inners = {7, 32, 65, 33};
    for (const std::int64_t outer : std::span(outers).first(long_tests() ? 4 : 2)) {
        for (const std::int64_t inner : std::span(inners).first(long_tests() ? 4 : 3)) {
            shapes.push_back(letters.size() > 4 ? Shape(letters.size(), 1) : small_shape(letters.size()));
            shapes.back()[letters.size() - 2] = outer;
            shapes.back()[letters.size() - 1] = inner;
        }
    }
}

void add_blocks(const std::string &letters, std::vector<Shape> &shapes) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
        for (const std::int64_t extent : blocks) {
            if (long_tests() || is_inner(letters, i)) {
                shapes.emplace_back(letters.size(), letters.size() > 4 ? 1 : 2);
                if (letters.size() > 1) {
                    shapes.back()[i == 0 ? 1 : i - 1] = 2;
                }
                shapes.back()[i] = extent;
            }
        }
    }
}

// Rows of less than a batch, half of one or one, and more than one. Short ones of any length: ShortRows.ChangeNoBit.
void add_short_rows(const std::string &letters, std::int64_t most, std::vector<Shape> &shapes) {
    for (std::int64_t length = 1; length <= most; ++length) {
        if (!long_tests() && std::ranges::find(vector_ends, length) == vector_ends.end()) {
            continue;
        }
        for (const std::int64_t rows : {5, 32, 65}) {
            shapes.push_back(small_shape(letters.size()));
            shapes.back()[letters.size() - 2] = rows;
            shapes.back()[letters.size() - 1] = length;
        }
    }
}

std::vector<Shape> shapes_for(const Signature &signature) {
    std::vector<Shape> shapes;
    add_grid(signature.letters, shapes);
    add_tiles(signature.letters, shapes);
    add_blocks(signature.letters, shapes);
    if (signature.most != 0) {
        std::erase_if(shapes, [&](const Shape &shape) { return shape.back() > signature.most; });
        add_short_rows(signature.letters, signature.most, shapes);
    }
    for (Shape &shape : shapes) {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            shape[i] = signature.extents[i] != 0 ? signature.extents[i] : shape[i];
        }
    }
    // A grid of small extents beside large ones that are fixed.
    std::erase_if(shapes, [](const Shape &shape) { return product(shape) > 200000; });
    std::ranges::sort(shapes);
    shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
    return shapes;
}

class EveryKernel : public testing::TestWithParam<std::size_t> {
  protected:
    const Kernel &kernel() const { return *kernels()[GetParam()]; }
};

// Each shape meets each operand, there and not, and each operand the others: in pairs.
TEST_P(EveryKernel, OverTheGrid) {
    if (!kernel().instruction_sets.run_with(instruction_set())) {
        GTEST_SKIP() << "not compiled for " << cpu_isa();
    }
    if (kernel().tuned_for.exists()) {
        GTEST_SKIP() << "Tuned.ChangeNoBit compares it with the usual one";
    }
    const std::vector<Shape> shapes = shapes_for(Signature(kernel().signature));
    std::uint64_t seed = 100;
    for (const PairwiseRow &row : pairwise({shapes.size(), 2, 2, 2, 2, 2, 2, 2})) {
        const Variant variant{.scale = row[1] == 1,
                              .shift = row[2] == 1,
                              .mean = row[3] == 1,
                              .rstd = row[4] == 1,
                              .in_place = row[5] == 1,
                              .given = row[6] == 1,
                              .streaming = row[7] == 1};
        KernelCase(kernel(), shapes[row[0]], variant, ++seed).run();
        if (HasFailure()) {
            return;  // one shape says enough
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryKernel, testing::Range<std::size_t>(0, kernels().size()),
                         [](const auto &parameter) { return std::string(kernels()[parameter.param]->name); });

// Kernels for everything are linked for all dtypes of the default library, and for some casts.
bool has_canonical(const Kernel &kernel) {
    return std::ranges::any_of(kernels(), [&](const Kernel *other) {
        return other->canonical() && other->statistic == kernel.statistic && other->dtypes == kernel.dtypes;
    });
}

// What a fixed extent changes is speed: every bit is that of the canonical kernels, on any number of threads, which
// never divide a group whose extent is compiled in.
TEST(FixedExtents, ChangeNoBit) {
    int tested = 0;
    for (const Kernel *kernel : kernels()) {
        if (kernel->letters.fixed_extents() == 0 || !kernel->instruction_sets.run_with(instruction_set()) ||
            kernel->tuned_for.exists() || !has_canonical(*kernel)) {
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
        KernelCase fixed(*kernel, shape, all_operands, 5), canonical(*kernel, shape, all_operands, 5);
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
        if (kernel->letters.most == 0 || !kernel->instruction_sets.run_with(instruction_set()) ||
            kernel->tuned_for.exists() || !has_canonical(*kernel)) {
            continue;
        }
        ++tested;
        const std::size_t letters = Signature(kernel->signature).letters.size();
        for (std::int64_t length = 2; length <= kernel->letters.most; ++length) {
            Shape shape(letters, 2);
            shape[letters - 2] = 67;
            shape[letters - 1] = length;
            const auto seed = static_cast<std::uint64_t>(length);
            KernelCase rows(*kernel, shape, all_operands, seed), canonical(*kernel, shape, all_operands, seed);
            canonical.options.canonical = true;
            rows.expect_selected();
            normalize(rows.pattern.text, rows.pattern.params, rows.x.view(), rows.y.out(), rows.options);
            normalize(rows.pattern.text, rows.pattern.params, canonical.x.view(), canonical.y.out(), canonical.options);
            EXPECT_TRUE(same_bits(rows.y.get(), canonical.y.get())) << rows.describe();
            EXPECT_TRUE(same_bits(rows.rstd.get(), canonical.rstd.get())) << rows.describe();
        }
    }
    EXPECT_TRUE(tested >= 6 || instruction_set() == InstructionSet::baseline);
}

// The kernel that a row of a record stands beside.
const Kernel *usual(const Kernel &tuned) {
    const auto all = kernels();
    const auto found = std::ranges::find_if(all, [&](const Kernel *kernel) {
        return !kernel->tuned_for.exists() && kernel->knobs.empty() && kernel->statistic == tuned.statistic &&
               kernel->signature == tuned.signature && kernel->dtypes == tuned.dtypes &&
               kernel->contiguous == tuned.contiguous && kernel->contiguous_params == tuned.contiguous_params;
    });
    return found == all.end() ? nullptr : *found;
}

// Kernels of records, at sizes that they are not chosen for.
TEST(Tuned, ChangeNoBit) {
    install_halide_hooks();
    for (const Kernel *kernel : kernels()) {
        if (!kernel->tuned_for.exists() || !kernel->instruction_sets.run_with(instruction_set())) {
            continue;
        }
        const Kernel *other = usual(*kernel);
        ASSERT_NE(other, nullptr) << kernel->name;
        Kernel any_size = *kernel;
        any_size.tuned_for = {};
        const std::vector<Shape> shapes = shapes_for(Signature(kernel->signature));
        int compared = 0;
        for (std::size_t i = 0; i < shapes.size(); i += shapes.size() / 12 + 1) {
            KernelCase one(any_size, shapes[i], all_operands, i), two(*other, shapes[i], all_operands, i);
            for (const Stores stores : {Stores::cached, Stores::streaming}) {
                if (!two.run_planned(stores)) {
                    continue;
                }
                ++compared;
                EXPECT_TRUE(one.run_planned(stores)) << one.describe();
                EXPECT_TRUE(same_bits(one.y.get(), two.y.get())) << one.describe() << ", " << kernel->name;
                EXPECT_TRUE(same_bits(one.rstd.get(), two.rstd.get())) << one.describe() << ", " << kernel->name;
                EXPECT_TRUE(one.y.guards_intact());
            }
        }
        EXPECT_GT(compared, 0) << kernel->name;
    }
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

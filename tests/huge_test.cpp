// Tensors beyond 2^31 elements, which kernels cannot index at once. Memory is address space of which few pages are
// used.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "reference.h"
#include "reference/pattern_reference.h"
#include "sparse.h"

namespace axnorm::test {
namespace {

struct FarApart {
    std::string text;
    Shape shape, strides;
};

TEST(Huge, KeptGroupsFarApartAreSplit) {
    Sparse x(7 * giga), y(7 * giga);
    ASSERT_TRUE(x.exists() && y.exists()) << "no address space of 2 x 28 GiB";
    const std::vector<FarApart> cases = {
        {"a b c -> a", {3, 5, 40}, {3 * giga, 1000, 1}},         // the outermost group alone
        {"a b c -> a b", {3, 3, 40}, {2 * giga, giga - 77, 1}},  // two groups that are too large together
        {"a b c -> c", {5, 3, 7}, {100, 1, giga - 1}},           // outside in memory, whatever the text says
        {"a b c -> a c", {5, 4, 40}, {giga, 1000, 1}},           // kept innermost
        {"a b c -> b", {2, 6, 33}, {giga / 2, giga + 5, 1}},     // a reduced group that is large, but fits
    };
    for (const FarApart &c : cases) {
        for (const bool canonical : {false, true}) {
            SCOPED_TRACE(c.text + ' ' + to_string(c.shape) + " strides " + to_string(c.strides));
            const Values values = normal(product(c.shape), 3, 1, 71);
            std::size_t next = 0;
            visit_three(c.shape, c.strides, [&](std::int64_t i) {
                x.data()[i] = static_cast<float>(values[next++]);
                y.data()[i] = 0;
            });
            const Expected expected = by_pattern(c.text, "", c.shape, {}, values);
            Values actual;
            normalize(c.text, "", {x.data(), extents(c.shape), extents(c.strides)},
                      {y.data(), extents(c.shape), extents(c.strides)}, {.canonical = canonical});
            visit_three(c.shape, c.strides, [&](std::int64_t i) { actual.push_back(y.data()[i]); });
            EXPECT_TRUE(y_close(actual, expected));
        }
    }
}

// The last address that a kernel may index is that of the group's last element, and masked lanes are not read: nothing
// outside of x is, where an axis is as far apart as 32 bits allow. Pages around x cannot be read at all, and between
// its elements they are zeros, which would be seen in the sums.
class Guarded {
  public:
    explicit Guarded(std::int64_t count) : bytes_(static_cast<std::size_t>(count) * 4) {
        space_ = mmap(nullptr, bytes_ + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (exists() && mprotect(static_cast<char *>(space_) + guard, bytes_, PROT_READ | PROT_WRITE) != 0) {
            ADD_FAILURE() << "mprotect failed";
        }
    }
    Guarded(const Guarded &) = delete;
    Guarded &operator=(const Guarded &) = delete;
    ~Guarded() {
        if (exists()) {
            munmap(space_, bytes_ + 2 * guard);
        }
    }
    bool exists() const { return space_ != MAP_FAILED; }
    // Of a tensor that ends where the memory does.
    float *last(std::int64_t reach) const {
        return reinterpret_cast<float *>(static_cast<char *>(space_) + guard + bytes_) - 1 - reach;
    }
    void forget() const { madvise(static_cast<char *>(space_) + guard, bytes_, MADV_DONTNEED); }

  private:
    static constexpr std::size_t guard = std::size_t{32} << 30;  // what 32 bits can reach by any sign
    std::size_t bytes_;
    void *space_;
};

// The strides of a tensor of which one axis reaches as far as the others leave it.
Shape far_apart(const Shape &shape, std::size_t far) {
    Shape strides(shape.size());
    std::int64_t dense = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = dense;
        dense *= i == far ? 1 : shape[i];
    }
    strides[far] = (Letters::max_extent - dense) / (shape[far] - 1);
    return strides;
}

TEST(Huge, NothingOutsideOfXIsRead) {
    const Guarded x(2 * giga), y(2 * giga);
    ASSERT_TRUE(x.exists() && y.exists()) << "no address space of 2 x 72 GiB";
    const auto check = [&](const std::string &text, const Shape &shape, std::size_t far, const Options &options) {
        SCOPED_TRACE(text + ' ' + to_string(shape) + " far along " + std::to_string(far) +
                     (options.canonical ? " c" : ""));
        const Shape strides = far_apart(shape, far);
        std::int64_t reach = 0;
        for (std::size_t i = 0; i < shape.size(); ++i) {
            reach += (shape[i] - 1) * strides[i];
        }
        float *const from = x.last(reach), *const to = y.last(reach);
        const Values values = normal(product(shape), 3, 1, 74);
        std::size_t next = 0;
        visit_three(shape, strides, [&](std::int64_t i) { from[i] = static_cast<float>(values[next++]); });
        normalize(text, "", {from, extents(shape), extents(strides)}, {to, extents(shape), extents(strides)}, options);
        Values actual;
        visit_three(shape, strides, [&](std::int64_t i) { actual.push_back(to[i]); });
        EXPECT_TRUE(y_close(actual, by_pattern(text, "", shape, {}, values, {.statistic = options.statistic})));
        x.forget();
        y.forget();
    };
    // Fewer elements than a step of the summation tree, whole steps, and one more.
    for (const std::int64_t length : {2, 3, 32, 33, 65}) {
        for (const char *text :
             {"a b c ->", "a b c -> a", "a b c -> b", "a b c -> c", "a b c -> a b", "a b c -> a c", "a b c -> b c"}) {
            for (std::size_t far = 0; far < 3; ++far) {
                Shape shape = {3, 2, 5};
                shape[far] = length;
                for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
                    check(text, shape, far, {.statistic = statistic});
                    check(text, shape, far, {.statistic = statistic, .canonical = true});
                }
            }
        }
    }
}

TEST(Huge, ParamsAndStatisticsFarApart) {
    Sparse scale(3 * giga), mean(3 * giga);
    ASSERT_TRUE(scale.exists() && mean.exists());
    const Shape shape = {4, 50};
    const Values x = normal(200, 3, 1, 72), factors = {1, 2, 3, 4};
    const std::int64_t stride = giga - 1;
    for (std::int64_t i = 0; i < 4; ++i) {
        scale.data()[i * (stride / 2)] = static_cast<float>(factors[static_cast<std::size_t>(i)]);
    }
    const Floats x_data = floats(x);
    Floats y(200);
    normalize("a b -> a", "a", {x_data.data(), {4, 50}}, {y.data(), {4, 50}},
              {.scale = {scale.data(), {4}, {stride / 2}}, .mean = {mean.data(), {4}, {stride / 2 + 1}}});
    const Expected expected = by_pattern("a b -> a", "a", shape, {}, x, {.scale = &factors});
    EXPECT_TRUE(y_close(values(y), expected));
    Values means;
    for (std::int64_t i = 0; i < 4; ++i) {
        means.push_back(mean.data()[i * (stride / 2 + 1)]);
    }
    EXPECT_TRUE(mean_close(means, expected));
}

// y has more than 2^31 elements, of which the first 2^31 lie in the same 64 MiB, again and again; x has stride 0, so
// that all rows are equal. Those past 2^31 have memory of their own: they are written by a call of their own.
TEST(Huge, MoreThan2To31Elements) {
    constexpr std::int64_t row = 1024, tail_rows = 4097, rows = 2 * giga / row + tail_rows;
    constexpr std::size_t window = std::size_t{64} << 20, aliased = std::size_t{8} << 30, tail = tail_rows * row * 4;
    const int file = memfd_create("axnorm_huge_test", 0);
    ASSERT_GE(file, 0);
    ASSERT_EQ(ftruncate(file, window), 0);
    void *space =
        mmap(nullptr, aliased + tail, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(space, MAP_FAILED);
    for (std::size_t at = 0; at < aliased; at += window) {
        ASSERT_NE(
            mmap(static_cast<char *>(space) + at, window, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0),
            MAP_FAILED);
    }
    ::close(file);
    const Floats x = floats(normal(row, 3, 1, 73));
    auto *y = static_cast<float *>(space);
    normalize("a b -> a", "", {x.data(), {rows, row}, {0, 1}}, {y, {rows, row}});
    const Expected expected = by_pattern("b ->", "", {row}, {}, values(x));
    const Floats first(y, y + row);
    EXPECT_TRUE(y_close(values(first), expected));
    for (std::int64_t r = rows - tail_rows; r < rows; ++r) {
        ASSERT_EQ(std::memcmp(y + r * row, first.data(), row * 4), 0) << "row " << r;
    }
    munmap(space, aliased + tail);
}

}  // namespace
}  // namespace axnorm::test

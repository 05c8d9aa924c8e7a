// Tensors that are checked: memory of any storage order, padding, offset and alignment, with canaries around every
// element.
//
//     Tensor x({8, 3, 5, 5}, {.order = {0, 2, 3, 1}});  // shaped NCHW, stored NHWC
//     x.fill(normal(x.count(), 5.0, 2.0, seed));
//     axnorm::normalize("b c h w -> b c", "", x.view(), y.out());
//     EXPECT_TRUE(y.guards_intact());
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <axnorm/axnorm.h>

namespace axnorm::test {

using Shape = std::vector<std::int64_t>;
// Of a tensor of any dtype, in the order of its shape (the last dimension innermost): a double holds them all.
using Values = std::vector<double>;
using Floats = std::vector<float>;  // memory

std::int64_t product(const Shape &shape);
Extents extents(const Shape &shape);
Shape shape_of(const Extents &extents);
std::string to_string(const Shape &shape);

// How a shape lies in memory.
struct Storage {
    std::vector<int> order{};       // dimensions from the outermost in memory to the innermost; empty: as shaped
    Shape padding{};                // unused elements after each dimension, by dimension of the shape; empty: none
    std::int64_t spacing = 1;       // stride of the innermost dimension in memory
    std::vector<bool> broadcast{};  // dimensions of stride 0, of a tensor that is read; empty: none
    std::int64_t offset = 0;        // elements before the first
    int byte_offset = 0;            // bytes before the first: 1 to 7 misalign it
};
std::ostream &operator<<(std::ostream &out, const Storage &storage);

// The dtypes of which the default library has kernels for everything: y is of that of x.
std::vector<DTypePair> default_dtypes();

// A number as a dtype holds it, rounded to nearest even; by arithmetic on doubles, not by bits.
double rounded(double value, DType dtype);
std::uint16_t to_bits(double value, DType dtype);  // of 16 bits
double from_bits(std::uint16_t bits, DType dtype);

// An element in memory.
void store(double value, DType dtype, unsigned char *to);
double load(DType dtype, const unsigned char *from);

// A tensor that owns its memory. Every byte that is no element, among them, before and after, is a canary.
class Tensor {
  public:
    Tensor() = default;
    explicit Tensor(Shape shape, Storage storage = {}, DType dtype = DType::float32);

    ConstTensorView view() const { return out(); }
    TensorView out() const { return {memory_.get() + first_, dtype_, extents(shape_), extents(strides_)}; }
    // Without strides: for tensors stored as shaped.
    ConstTensorView packed() const { return packed_out(); }
    TensorView packed_out() const { return {memory_.get() + first_, dtype_, extents(shape_)}; }

    DType dtype() const { return dtype_; }
    const Shape &shape() const { return shape_; }
    const Shape &strides() const { return strides_; }
    std::int64_t count() const { return product(shape_); }
    float *data() const;  // of a float32 tensor
    std::span<unsigned char> memory() const { return {memory_.get(), static_cast<std::size_t>(bytes_)}; }

    // Values are rounded to the dtype. A broadcast element takes the value given for its last use; get() then shows
    // what a kernel reads.
    void fill(const Values &values);
    Values get() const;

    // No byte outside of the elements was written.
    bool guards_intact() const;
    // No byte at all was written since construction.
    bool untouched() const;

  private:
    template <typename Visit>
    void visit_rows(const Visit &f) const;
    template <typename Visit>
    void visit(const Visit &f) const;

    Shape shape_, strides_;
    DType dtype_ = DType::float32;
    std::int64_t bytes_ = 0, first_ = 0;  // bytes_ of memory; the first element is at byte first_
    std::shared_ptr<unsigned char[]> memory_;
};

// Random numbers that are the same with every standard library.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567u) {}
    std::uint64_t bits();
    std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(n)); }
    bool chance(double p) { return uniform() < p; }
    double uniform();  // in [0, 1)
    double normal();

    template <typename T>
    const T &one_of(const std::vector<T> &choices) {
        return choices[static_cast<std::size_t>(below(static_cast<std::int64_t>(choices.size())))];
    }
    template <typename T>
    void shuffle(std::vector<T> &items) {
        for (std::size_t i = items.size(); i > 1; --i) {
            std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<std::int64_t>(i)))]);
        }
    }

  private:
    std::uint64_t state_;
};

// As a tensor of the dtype holds them.
Values normal(std::int64_t count, double mean, double std, std::uint64_t seed, DType dtype = DType::float32);
Floats floats(const Values &values);
Values values(const Floats &floats);

bool same_bits(const Values &a, const Values &b);

}  // namespace axnorm::test

// A call on tensors of a kernel's own signature: an axis for each letter, in memory order, with padding between axes of
// the same letter, so that they do not merge. That this very kernel is chosen is checked.
//
//     KernelCase(kernel, {3, 2, 5, 4}, {.scale = true, .mean = true}, seed).run();
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reference/pattern_reference.h"
#include "runtime/language/operands.h"

namespace axnorm::test {

// A signature without its extents, and these by letter; 0 where a letter has none. "kR-128" has at most 128 of the
// last one, "krKR-32" at most 32.
struct Signature {
    std::string letters;
    Shape extents;
    std::int64_t most = 0;

    explicit Signature(std::string_view text);
};

// Short groups, one that ends within a vector, one of two blocks of the sums and a rest; as far as a kernel is for it.
std::vector<Shape> few_shapes(const Signature &signature);

// "kKRr" as the pattern "a b c d -> a b" with params "b c".
struct SignaturePattern {
    std::string text, params;
    std::vector<int> params_axes;

    explicit SignaturePattern(std::string_view signature);
};

struct Variant {
    bool scale = false, shift = false, mean = false, rstd = false, in_place = false;
    bool given = false;  // mean and rstd are read, where the kernel takes them
    bool streaming = false;
};
inline constexpr Variant all_operands{.scale = true, .shift = true, .mean = true, .rstd = true};

struct KernelCase {
    const Kernel &kernel;
    SignaturePattern pattern;
    Shape shape;
    Variant variant;
    Tensor x, y, scale, shift, mean, rstd;
    Options options;

    KernelCase(const Kernel &kernel, const Shape &shape, const Variant &variant, std::uint64_t seed);

    std::string describe() const;
    void expect_selected() const;
    void run();
    // With this kernel, whatever a call would choose; false where it does not serve such calls.
    bool run_planned(Stores stores);

  private:
    Statistic statistic() const { return variant.given ? Statistic::given : kernel.statistic; }
    Operands operands(const ConstTensorView &in, const ConstTensorView &out) const;
    bool is_exact() const;
    void make_params(bool is_block, std::uint64_t seed);
    void make_statistics(std::uint64_t seed);
};

}  // namespace axnorm::test

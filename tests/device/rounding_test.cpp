// Results of 16 bits are rounded once, to nearest even, and NaN stays NaN wherever it is among the elements of an
// access, whether words of two or single elements are stored: `given` with x of -0 and an rstd of 1 stores shift, which
// is of float32.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "backend.h"

namespace axnorm::test {
namespace {

constexpr std::int64_t of_access = 8;

float float_of(std::uint32_t bits) {
    return std::bit_cast<float>(bits);
}

using Bits = std::vector<std::uint16_t>;

// Rows that begin at the second element go through kernels for any alignment.
Bits stored(const Floats &floats, DType dtype, std::int64_t begin) {
    const auto count = static_cast<std::int64_t>(floats.size());
    Tensor x({1, count}, {.offset = begin}, dtype), y({1, count}, {.offset = begin}, dtype), shift({count}), rstd({1});
    x.fill(Values(floats.size(), -0.0));
    rstd.fill({1.0});
    std::ranges::copy(floats, shift.data());
    OnDevice memory;
    normalize("b c -> b", "c", memory.view(x), memory.out(y),
              {.statistic = Statistic::given, .shift = memory.view(shift), .given_rstd = memory.view(rstd)});
    memory.fetch();
    Bits bits(floats.size());
    std::memcpy(bits.data(), y.view().data(), bits.size() * sizeof(bits[0]));
    return bits;
}

// Arithmetic on a GPU has a single NaN, and so have both dtypes, which kernels for any alignment have to agree on.
bool is_right(std::uint16_t bits, float value, DType dtype) {
    if (!std::isnan(value)) {
        return bits == to_bits(value, dtype);
    }
    return device_under_test == Device::cuda ? bits == 0x7fff : std::isnan(from_bits(bits, dtype));
}

void expect_rounded(const Floats &floats, DType dtype) {
    for (const std::int64_t begin : {0, 1}) {
        const Bits bits = stored(floats, dtype, begin);
        int wrong = 0;
        for (std::size_t i = 0; i < floats.size() && wrong < 5; ++i) {
            const bool right = is_right(bits[i], floats[i], dtype);
            wrong += right ? 0 : 1;
            EXPECT_TRUE(right) << name_of(dtype) << " of " << floats[i] << ", number " << i << " from element " << begin
                               << ", is " << std::hex << bits[i];
        }
    }
}

std::vector<DType> small_dtypes() {
    return device_under_test == Device::cuda ? std::vector{DType::bfloat16, DType::float16}
                                             : std::vector{DType::bfloat16};
}

// About the middle between two numbers: of every exponent, of even and odd ones, of both signs.
Floats about_the_middle(DType dtype) {
    const int dropped = dtype == DType::bfloat16 ? 16 : 13;
    const std::uint32_t half = 1U << (dropped - 1);
    Floats all;
    for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
        for (const std::uint32_t kept : {0U, 1U, 2U, (0x800000U >> dropped) - 1}) {
            for (const std::uint32_t rest : {0U, 1U, half - 1, half, half + 1, 2 * half - 1}) {
                const std::uint32_t bits = exponent << 23 | kept << dropped | rest;
                all.insert(all.end(), {float_of(bits), float_of(bits | 0x80000000U)});
            }
        }
    }
    all.insert(all.end(), {INFINITY, -INFINITY});
    all.resize((all.size() + of_access - 1) / of_access * of_access);
    return all;
}

TEST(DeviceRounding, IsToNearestEven) {
    for (const DType dtype : small_dtypes()) {
        expect_rounded(about_the_middle(dtype), dtype);
    }
}

TEST(DeviceRounding, KeepsNaNAmongNumbers) {
    for (const DType dtype : small_dtypes()) {
        Floats floats;
        for (const std::uint32_t nan : {0x7fffffffU, 0xffffffffU, 0x7fc00000U, 0xffc12345U, 0x7f800001U}) {
            for (std::size_t place = 0; place < of_access; ++place) {
                Floats access = {0.0F,   1.0F, -INFINITY, 3e38F, float_of(0x3f808000), float_of(0x3f818000),
                                 1e-40F, -7.0F};
                access[place] = float_of(nan);
                floats.insert(floats.end(), access.begin(), access.end());
            }
        }
        expect_rounded(floats, dtype);
    }
}

}  // namespace
}  // namespace axnorm::test

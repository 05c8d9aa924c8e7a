// Every conversion that kernels make, on its own: `given` with a mean of 0, an rstd of 1 and a shift of -0 is x itself.
#include <conversion_norms.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>

#include "reference/tensors.h"

namespace axnorm::test {
namespace {

constexpr DType all_dtypes[] = {DType::float32, DType::float64, DType::float16, DType::bfloat16};

// Numbers as a dtype holds them, by their bits: NaN has many.
using Bits = std::vector<std::uint64_t>;

template <typename T>
std::vector<unsigned char> bytes_of(const Bits &bits) {
    std::vector<unsigned char> bytes(bits.size() * sizeof(T));
    for (std::size_t i = 0; i < bits.size(); ++i) {
        const T value = static_cast<T>(bits[i]);
        std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
    }
    return bytes;
}

template <typename T>
Bits bits_of(const std::vector<unsigned char> &bytes) {
    Bits bits(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < bits.size(); ++i) {
        T value = 0;
        std::memcpy(&value, &bytes[i * sizeof(T)], sizeof(T));
        bits[i] = value;
    }
    return bits;
}

std::vector<unsigned char> to_memory(const Bits &bits, DType dtype) {
    return size_of(dtype) == 8   ? bytes_of<std::uint64_t>(bits)
           : size_of(dtype) == 4 ? bytes_of<std::uint32_t>(bits)
                                 : bytes_of<std::uint16_t>(bits);
}

Bits from_memory(const std::vector<unsigned char> &bytes, DType dtype) {
    return size_of(dtype) == 8   ? bits_of<std::uint64_t>(bytes)
           : size_of(dtype) == 4 ? bits_of<std::uint32_t>(bytes)
                                 : bits_of<std::uint16_t>(bytes);
}

// By the kernels along a group, or across groups. Rows are odd so that every place of a vector and every rest of one is
// met; what is left of the last row is 0.
Bits converted(Bits x, DTypePair dtypes, bool across) {
    const std::int64_t row = across ? 333 : 47;
    const std::size_t count = x.size();
    const std::int64_t rows = (static_cast<std::int64_t>(count) + row - 1) / row;
    x.resize(static_cast<std::size_t>(rows * row));
    const std::vector<unsigned char> from = to_memory(x, dtypes.x);
    std::vector<unsigned char> to(x.size() * static_cast<std::size_t>(size_of(dtypes.y)));
    const Extents shape = {rows, row};
    const DType computed = statistics_dtype(dtypes.x);
    Tensor rstd({across ? row : rows}, {}, computed), shift({row}, {}, computed);
    rstd.fill(Values(static_cast<std::size_t>(rstd.count()), 1.0));
    shift.fill(Values(static_cast<std::size_t>(row), -0.0));
    normalize(across ? "b c -> c" : "b c -> b", "c", {from.data(), dtypes.x, shape}, {to.data(), dtypes.y, shape},
              {.statistic = Statistic::given, .shift = shift.view(), .given_rstd = rstd.view()});
    Bits y = from_memory(to, dtypes.y);
    y.resize(count);
    return y;
}

double value_of(std::uint64_t bits, DType dtype) {
    switch (dtype) {
        case DType::float32: return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case DType::float64: return std::bit_cast<double>(bits);
        default: return from_bits(static_cast<std::uint16_t>(bits), dtype);
    }
}

// Of a number, which is no NaN, rounded once.
std::uint64_t bits_in(double value, DType dtype) {
    switch (dtype) {
        case DType::float32: return std::bit_cast<std::uint32_t>(static_cast<float>(value));
        case DType::float64: return std::bit_cast<std::uint64_t>(value);
        default: return to_bits(value, dtype);
    }
}

// Of the fraction, without the leading 1.
int fraction_bits(DType dtype) {
    return dtype == DType::float64 ? 52 : dtype == DType::float32 ? 23 : dtype == DType::float16 ? 10 : 7;
}

// NaN stays NaN, of the same sign, quiet, with what there is room for of its payload.
std::uint64_t quiet_nan(std::uint64_t bits, DTypePair dtypes) {
    const int from = fraction_bits(dtypes.x), to = fraction_bits(dtypes.y);
    const int width = static_cast<int>(8 * size_of(dtypes.y));
    std::uint64_t fraction = bits & ((std::uint64_t{1} << from) - 1);
    fraction = to >= from ? fraction << (to - from) : fraction >> (from - to);
    const std::uint64_t exponent = ((std::uint64_t{1} << (width - 1 - to)) - 1) << to;
    const std::uint64_t sign = bits >> (8 * size_of(dtypes.x) - 1) << (width - 1);
    return sign | exponent | fraction | std::uint64_t{1} << (to - 1);
}

// Across groups or along one: what is no cast goes both ways, a cast that which its kernels are for (CMakeLists.txt,
// which says why one is enough).
std::vector<bool> ways_of(DTypePair dtypes) {
    const auto place = [](DType dtype) { return std::ranges::find(all_dtypes, dtype) - std::begin(all_dtypes); };
    const bool across = (place(dtypes.x) + place(dtypes.y)) % 2 == 0;
    return dtypes.x == dtypes.y ? std::vector{false, true} : std::vector{across};
}

void expect_converted(const Bits &x, DTypePair dtypes) {
    SCOPED_TRACE(name_of(dtypes));
    for (const bool across : ways_of(dtypes)) {
        const Bits y = converted(x, dtypes, across);
        int wrong = 0;
        for (std::size_t i = 0; i < x.size() && wrong < 5; ++i) {
            const double value = value_of(x[i], dtypes.x);
            const std::uint64_t expected = std::isnan(value) ? quiet_nan(x[i], dtypes) : bits_in(value, dtypes.y);
            wrong += y[i] != expected ? 1 : 0;
            EXPECT_EQ(y[i], expected) << std::hex << "of " << x[i] << ", " << value << (across ? ", across" : "");
        }
    }
}

TEST(Conversion, OfEachDTypeBothWays) {
    for (const DType dtype : all_dtypes) {
        std::set<bool> of_x, of_y;  // casts alone
        for (const DType other : all_dtypes) {
            if (other != dtype) {
                of_x.insert(ways_of({dtype, other})[0]);
                of_y.insert(ways_of({other, dtype})[0]);
            }
        }
        EXPECT_TRUE(of_x.size() == 2 && of_y.size() == 2) << name_of(dtype);
    }
}

// The numbers of 16 bits, all of them.
Bits all_halves() {
    Bits bits(65536);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        bits[i] = i;
    }
    return bits;
}

TEST(Conversion, OfEveryNumberOf16Bits) {
    for (const DType x : {DType::float16, DType::bfloat16}) {
        for (const DType y : all_dtypes) {
            expect_converted(all_halves(), {x, y});
        }
    }
}

// About what decides of rounding: the middle between two neighbours of 16 bits, and next to it.
TEST(Conversion, OfFloat) {
    Bits bits;
    for (std::uint64_t high = 0; high < 65536; ++high) {
        for (const std::uint64_t low : {0x0U, 0x1U, 0xfffU, 0x1000U, 0x1001U, 0x2fffU, 0x3000U, 0x3001U, 0x7fffU,
                                        0x8000U, 0x8001U, 0xefffU, 0xf000U, 0xf001U, 0xffffU}) {
            bits.push_back(high << 16 | low);
        }
    }
    // Subnormal numbers of float16 are rounded at any of the bits.
    for (std::uint64_t exponent = 98; exponent < 116; ++exponent) {
        for (int place = 0; place < 23; ++place) {
            for (const int more : {-1, 0, 1}) {
                for (const std::uint64_t upper : {0x000000U, 0x2aaaaaU, 0x555555U, 0x7fffffU}) {
                    const std::uint64_t above = upper >> place << place, tie = std::uint64_t{1} << place >> 1;
                    bits.push_back((exponent << 23) + above + tie + static_cast<std::uint64_t>(more));
                }
            }
        }
    }
    for (const DType y : all_dtypes) {
        expect_converted(bits, {DType::float32, y});
    }
}

// Rounded by way of a float the middle is met by numbers that lie beside it.
TEST(Conversion, OfDouble) {
    Bits bits;
    for (const DType narrow : {DType::float16, DType::bfloat16}) {
        for (std::uint16_t half = 0; half < 0x7fff; half = static_cast<std::uint16_t>(half + 1)) {
            const double value = from_bits(half, narrow),
                         next = from_bits(static_cast<std::uint16_t>(half + 1), narrow);
            if (!std::isfinite(next)) {
                continue;
            }
            const double middle = (value + next) / 2;
            for (const double number : {value, middle, std::nextafter(middle, 0), std::nextafter(middle, 1e300),
                                        middle * (1 + 0x1p-30), middle * (1 - 0x1p-30), middle * (1 + 0x1p-24)}) {
                bits.push_back(std::bit_cast<std::uint64_t>(half % 2 == 0 ? number : -number));
            }
        }
    }
    for (const double number :
         {65519.999999999, 65520.0, 65536.0, 1e300, 0x1.fffffep127, 0x1.ffffffp127, 0x1p128, 1e-300, 0x1p-25,
          0x1.0000000000001p-25, 0x1p-134, 0x1p-149, 0x1p-150, 0x1.8p-149, 5e-324}) {
        bits.push_back(std::bit_cast<std::uint64_t>(number));
        bits.push_back(std::bit_cast<std::uint64_t>(-number));
    }
    for (const std::uint64_t special :
         {0x7ff0000000000000U, 0x7ff0000000000001U, 0x7fffffffffffffffU, 0x7ff8000000000000U}) {
        bits.push_back(special);
        bits.push_back(special | 0x8000000000000000);
    }
    for (const DType y : all_dtypes) {
        expect_converted(bits, {DType::float64, y});
    }
}

}  // namespace
}  // namespace axnorm::test

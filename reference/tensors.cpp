#include "tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <sstream>

namespace axnorm::test {

namespace {
constexpr unsigned char canary = 0xa5;        // as a float -2.87e-16, which no test expects
constexpr std::int64_t guard_bytes = 64 * 8;  // more than the widest vector

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

// By a comparison with itself, one byte on, which takes many bytes at once: these checks were a fifth of the time of
// all tests.
bool all_canaries(const unsigned char *bytes, std::size_t count) {
    return count == 0 || (bytes[0] == canary && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

// Significant bits, and exponents of the smallest normal number and of the first power of two that is too large.
struct Format {
    int digits, least, limit;
};

Format format_of(DType dtype) {
    switch (dtype) {
        case DType::float32: return {24, -126, 128};
        case DType::float64: return {53, -1022, 1024};
        case DType::float16: return {11, -14, 16};
        case DType::bfloat16: return {8, -126, 128};
    }
    return {};
}

// From a table: std::ldexp() was a sixth of the time of all tests.
double power_of_two(int exponent) {
    static const std::vector<double> table = [] {
        std::vector<double> all;
        for (int i = -1074; i < 1024; ++i) {
            all.push_back(std::ldexp(1, i));
        }
        return all;
    }();
    return table[static_cast<std::size_t>(exponent + 1074)];
}
}  // namespace

std::vector<DTypePair> default_dtypes() {
    std::vector<DTypePair> all;
    for (const DType dtype : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
        all.push_back({dtype, dtype});
    }
    return all;
}

double rounded(double value, DType dtype) {
    if (dtype == DType::float64 || !std::isfinite(value) || value == 0) {
        return value;
    }
    if (dtype == DType::float32) {
        return static_cast<float>(value);
    }
    const Format format = format_of(dtype);
    const int last = std::max(std::ilogb(value), format.least) - (format.digits - 1);  // the last place's exponent
    const double place = power_of_two(last), result = std::nearbyint(value / place) * place;
    return std::abs(result) < std::ldexp(1, format.limit) ? result : std::copysign(HUGE_VAL, value);
}

std::uint16_t to_bits(double value, DType dtype) {
    const Format format = format_of(dtype);
    const int fraction_bits = format.digits - 1;
    const int sign = std::signbit(value) ? 0x8000 : 0, infinity = (2 * format.limit - 1) << fraction_bits;
    const double magnitude = std::abs(rounded(value, dtype));
    if (std::isnan(value)) {
        return static_cast<std::uint16_t>(sign | infinity | 1 << (fraction_bits - 1));
    }
    if (std::isinf(magnitude)) {
        return static_cast<std::uint16_t>(sign | infinity);
    }
    // In units of the smallest number; a normal one has its leading 1 in the place of the exponent's last bit.
    const int exponent = magnitude == 0 ? format.least : std::max(std::ilogb(magnitude), format.least);
    const auto fraction = static_cast<int>(magnitude * power_of_two(fraction_bits - exponent));
    return static_cast<std::uint16_t>(sign | (((exponent - format.least) << fraction_bits) + fraction));
}

namespace {
double decoded(std::uint16_t bits, DType dtype) {
    const Format format = format_of(dtype);
    const int fraction_bits = format.digits - 1, magnitude = bits & 0x7fff, exponent = magnitude >> fraction_bits;
    const int fraction = magnitude & ((1 << fraction_bits) - 1), sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == 2 * format.limit - 1) {
        return fraction != 0 ? std::copysign(NAN, sign) : sign * HUGE_VAL;
    }
    const int leading = exponent > 0 ? 1 << fraction_bits : 0;
    return sign * std::ldexp(leading + fraction, std::max(exponent, 1) - 1 + format.least - fraction_bits);
}

std::vector<double> all_decoded(DType dtype) {
    std::vector<double> all;
    for (int bits = 0; bits < 65536; ++bits) {
        all.push_back(decoded(static_cast<std::uint16_t>(bits), dtype));
    }
    return all;
}
}  // namespace

double from_bits(std::uint16_t bits, DType dtype) {
    static const std::vector<double> float16 = all_decoded(DType::float16), bfloat16 = all_decoded(DType::bfloat16);
    return (dtype == DType::float16 ? float16 : bfloat16)[bits];
}

void store(double value, DType dtype, unsigned char *to) {
    if (dtype == DType::float64) {
        std::memcpy(to, &value, 8);
    } else if (dtype == DType::float32) {
        const auto single = static_cast<float>(value);
        std::memcpy(to, &single, 4);
    } else {
        const std::uint16_t bits = to_bits(value, dtype);
        std::memcpy(to, &bits, 2);
    }
}

double load(DType dtype, const unsigned char *from) {
    double value = 0;
    float single = 0;
    std::uint16_t bits = 0;
    switch (dtype) {
        case DType::float64: std::memcpy(&value, from, 8); return value;
        case DType::float32: std::memcpy(&single, from, 4); return single;
        default: std::memcpy(&bits, from, 2); return from_bits(bits, dtype);
    }
}

std::int64_t product(const Shape &shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Extents extents(const Shape &shape) {
    return Extents(std::span(shape));
}

Shape shape_of(const Extents &extents) {
    return {extents.begin(), extents.end()};
}

std::string to_string(const Shape &shape) {
    std::ostringstream out;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        out << (i == 0 ? "[" : ", ") << shape[i];
    }
    out << (shape.empty() ? "[]" : "]");
    return out.str();
}

std::ostream &operator<<(std::ostream &out, const Storage &storage) {
    const Shape order(storage.order.begin(), storage.order.end());
    const Shape broadcast(storage.broadcast.begin(), storage.broadcast.end());
    return out << "{order " << to_string(order) << ", padding " << to_string(storage.padding) << ", spacing "
               << storage.spacing << ", broadcast " << to_string(broadcast) << ", offset " << storage.offset
               << ", byte_offset " << storage.byte_offset << "}";
}

Tensor::Tensor(Shape shape, Storage storage, DType dtype)
    : shape_(std::move(shape)), strides_(shape_.size(), 0), dtype_(dtype) {
    std::vector<int> order = storage.order;
    if (order.empty()) {
        order.resize(shape_.size());
        std::iota(order.begin(), order.end(), 0);
    }
    std::int64_t span = storage.spacing;
    for (std::size_t i = order.size(); i-- > 0;) {
        const auto dim = static_cast<std::size_t>(order[i]);
        if (!storage.broadcast.empty() && storage.broadcast[dim]) {
            continue;
        }
        strides_[dim] = span;
        // A dimension without elements still has a stride, as in other libraries.
        span *= std::max<std::int64_t>(shape_[dim], 1) + (storage.padding.empty() ? 0 : storage.padding[dim]);
    }
    const std::int64_t size = size_of(dtype);
    first_ = guard_bytes + storage.offset * size + storage.byte_offset;
    bytes_ = first_ + span * size + guard_bytes;
    memory_.reset(new unsigned char[at(bytes_)]);
    std::memset(memory_.get(), canary, at(bytes_));
}

float *Tensor::data() const {
    return dtype_ == DType::float32 ? reinterpret_cast<float *>(memory_.get() + first_) : nullptr;
}

// Calls f(byte offset of the first element, elements, bytes from one to the next) of each row, in the order of the
// shape.
template <typename Visit>
void Tensor::visit_rows(const Visit &f) const {
    if (count() == 0) {
        return;
    }
    const std::size_t rank = shape_.size();
    const std::int64_t size = size_of(dtype_);
    const std::int64_t inner = rank == 0 ? 1 : shape_[rank - 1], step = rank == 0 ? 0 : strides_[rank - 1] * size;
    Shape index(rank, 0);
    std::int64_t row = first_;
    while (true) {
        f(row, inner, step);
        std::size_t d = rank < 2 ? 0 : rank - 1;
        for (; d > 0; --d) {
            row += strides_[d - 1] * size;
            if (++index[d - 1] < shape_[d - 1]) {
                break;
            }
            row -= strides_[d - 1] * size * shape_[d - 1];
            index[d - 1] = 0;
        }
        if (d == 0) {
            return;
        }
    }
}

// Calls f(byte offset) of each element, in the order of the shape.
template <typename Visit>
void Tensor::visit(const Visit &f) const {
    visit_rows([&](std::int64_t row, std::int64_t count, std::int64_t step) {
        for (std::int64_t i = 0; i < count; ++i) {
            f(row + i * step);
        }
    });
}

void Tensor::fill(const Values &values) {
    const double *next = values.data();
    visit([&](std::int64_t offset) { store(*next++, dtype_, memory_.get() + offset); });
}

Values Tensor::get() const {
    Values values(at(count()));
    double *next = values.data();
    visit([&](std::int64_t offset) { *next++ = load(dtype_, memory_.get() + offset); });
    return values;
}

bool Tensor::guards_intact() const {
    // The memory with canaries in place of the elements.
    std::vector<unsigned char> guards(memory_.get(), memory_.get() + bytes_);
    const std::int64_t size = size_of(dtype_);
    visit_rows([&](std::int64_t row, std::int64_t count, std::int64_t step) {
        const bool is_dense = step == size;
        for (std::int64_t i = 0; i < (is_dense ? 1 : count); ++i) {
            std::memset(guards.data() + row + i * step, canary, at(is_dense ? count * size : size));
        }
    });
    return all_canaries(guards.data(), guards.size());
}

bool Tensor::untouched() const {
    return all_canaries(memory_.get(), at(bytes_));
}

Floats floats(const Values &values) {
    return {values.begin(), values.end()};
}

Values values(const Floats &floats) {
    return {floats.begin(), floats.end()};
}

bool same_bits(const Values &a, const Values &b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

}  // namespace axnorm::test

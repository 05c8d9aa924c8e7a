#include "tensors.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>
#include <sstream>

namespace axnorm::test {

namespace {
constexpr unsigned char canary = 0xa5;        // as a float -2.87e-16, which no test expects
constexpr std::int64_t guard_bytes = 64 * 4;  // more than the widest vector

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}
}  // namespace

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

Tensor::Tensor(Shape shape, Storage storage) : shape_(std::move(shape)), strides_(shape_.size(), 0) {
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
    first_ = guard_bytes + storage.offset * 4 + storage.byte_offset;
    bytes_ = first_ + span * 4 + guard_bytes;
    memory_.reset(new unsigned char[at(bytes_)]);
    std::memset(memory_.get(), canary, at(bytes_));
}

float *Tensor::data() const {
    return reinterpret_cast<float *>(memory_.get() + first_);
}

// Calls f(byte offset) of each element, in the order of the shape.
template <typename Visit>
void Tensor::visit(const Visit &f) const {
    if (count() == 0) {
        return;
    }
    const std::size_t rank = shape_.size();
    const std::int64_t inner = rank == 0 ? 1 : shape_[rank - 1], step = rank == 0 ? 0 : strides_[rank - 1] * 4;
    Shape index(rank, 0);
    std::int64_t row = first_;
    while (true) {
        for (std::int64_t i = 0; i < inner; ++i) {
            f(row + i * step);
        }
        std::size_t d = rank < 2 ? 0 : rank - 1;
        for (; d > 0; --d) {
            row += strides_[d - 1] * 4;
            if (++index[d - 1] < shape_[d - 1]) {
                break;
            }
            row -= strides_[d - 1] * 4 * shape_[d - 1];
            index[d - 1] = 0;
        }
        if (d == 0) {
            return;
        }
    }
}

void Tensor::fill(const Values &values) {
    const float *next = values.data();
    visit([&](std::int64_t offset) { std::memcpy(memory_.get() + offset, next++, 4); });
}

Values Tensor::get() const {
    Values values(at(count()));
    float *next = values.data();
    visit([&](std::int64_t offset) { std::memcpy(next++, memory_.get() + offset, 4); });
    return values;
}

bool Tensor::guards_intact() const {
    // A byte for each byte of memory: 0 in an element.
    std::vector<unsigned char> guard(at(bytes_), 1);
    visit([&](std::int64_t offset) { std::memset(guard.data() + offset, 0, 4); });
    for (std::int64_t i = 0; i < bytes_; ++i) {
        if (guard[at(i)] != 0 && memory_.get()[i] != canary) {
            return false;
        }
    }
    return true;
}

bool Tensor::untouched() const {
    return std::all_of(memory_.get(), memory_.get() + bytes_, [](unsigned char byte) { return byte == canary; });
}

// splitmix64.
std::uint64_t Random::bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double Random::uniform() {
    return static_cast<double>(bits() >> 11) * 0x1p-53;
}

// Box and Muller's.
double Random::normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

Values normal(std::int64_t count, double mean, double std, std::uint64_t seed) {
    Random random(seed);
    Values values(at(count));
    for (float &value : values) {
        value = static_cast<float>(mean + std * random.normal());
    }
    return values;
}

bool same_bits(const Values &a, const Values &b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * 4) == 0);
}

}  // namespace axnorm::test

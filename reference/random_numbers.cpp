// Random numbers that are the same with every standard library.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <span>

#include "tensors.h"

namespace axnorm::test {

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

namespace {
// The first numbers of each seed, which tests take again and again: to make them was another fifth of their time.
class KeptNumbers {
  public:
    std::span<const double> take(std::uint64_t seed, std::size_t count) {
        if (taken_ > most) {
            sequences_.clear();
            taken_ = 0;
        }
        auto &[random, numbers] = sequences_.try_emplace(seed, Sequence{Random(seed), {}}).first->second;
        for (; numbers.size() < count; ++taken_) {
            numbers.push_back(random.normal());
        }
        return std::span(numbers).first(count);
    }

  private:
    struct Sequence {
        Random random;
        Values numbers;
    };
    static constexpr std::size_t most = std::size_t{1} << 23;  // 64 MB
    std::map<std::uint64_t, Sequence> sequences_;
    std::size_t taken_ = 0;
};
}  // namespace

Values normal(std::int64_t count, double mean, double std, std::uint64_t seed, DType dtype) {
    thread_local KeptNumbers kept;
    Values values(static_cast<std::size_t>(count));
    std::ranges::transform(kept.take(seed, values.size()), values.begin(),
                           [&](double number) { return rounded(mean + std * number, dtype); });
    return values;
}

}  // namespace axnorm::test

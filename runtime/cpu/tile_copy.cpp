#include "tile_copy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace axnorm {

using detail::at;

namespace {

// Columns that are copied for all rows before the next ones: where rows are neighbours in memory, the lines that they
// share are in the first cache meanwhile.
constexpr std::size_t block = 128;

// An index of loops that are seen as one, by loop.
class Odometer {
  public:
    Odometer(const TensorLoops &loops, std::int64_t index) : loops_(loops) {
        for (int i = loops.count; i-- > 0;) {
            const TensorLoop &loop = at(loops.loops, i);
            at(digits_, i) = index % loop.extent;
            offset_ += at(digits_, i) * loop.stride;
            index /= loop.extent;
        }
    }

    std::int64_t offset() const { return offset_; }
    std::int64_t innermost() const { return at(digits_, loops_.count - 1); }

    // Goes on by as many indices as are left of the innermost loop.
    void finish_innermost() {
        int i = loops_.count - 1;
        offset_ -= at(digits_, i) * at(loops_.loops, i).stride;
        at(digits_, i) = 0;
        while (--i >= 0) {
            const TensorLoop &loop = at(loops_.loops, i);
            offset_ += loop.stride;
            if (++at(digits_, i) < loop.extent) {
                return;
            }
            offset_ -= loop.extent * loop.stride;
            at(digits_, i) = 0;
        }
    }

  private:
    const TensorLoops &loops_;
    std::array<std::int64_t, max_axes> digits_{};
    std::int64_t offset_ = 0;
};

bool is_run(std::span<const std::int64_t> offsets) {
    bool is = true;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        is = is && offsets[i] == offsets[0] + static_cast<std::int64_t>(i);
    }
    return is;
}

enum class To : std::uint8_t { tile, tensor };

template <To to>
void copy(char *tensor, char *tile, std::size_t bytes) {
    std::memcpy(to == To::tile ? tile : tensor, to == To::tile ? tensor : tile, bytes);
}

// Elements of `size` bytes, of any alignment.
template <To to, std::size_t size>
void copy_elements(const Places &places, char *tensor, char *tile, std::int64_t stride) {
    constexpr auto bytes = static_cast<std::int64_t>(size);
    for (std::size_t column = 0; column < places.columns.size(); column += block) {
        const auto offsets = places.columns.subspan(column, std::min(block, places.columns.size() - column));
        const bool run = is_run(offsets);
        char *dense = tile + column * size;
        for (const std::int64_t row : places.rows) {
            if (run) {
                copy<to>(tensor + (row + offsets[0]) * bytes, dense, offsets.size() * size);
            } else {
                for (std::size_t i = 0; i < offsets.size(); ++i) {
                    copy<to>(tensor + (row + offsets[i]) * bytes, dense + i * size, size);
                }
            }
            dense += stride * bytes;
        }
    }
}

template <To to>
void copy_any(const Places &places, std::int64_t size, char *tensor, char *tile, std::int64_t stride) {
    switch (size) {
        case 2: return copy_elements<to, 2>(places, tensor, tile, stride);
        case 4: return copy_elements<to, 4>(places, tensor, tile, stride);
        default: return copy_elements<to, 8>(places, tensor, tile, stride);
    }
}

}  // namespace

std::int64_t *write_offsets(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base,
                            std::int64_t *to) {
    if (loops.count == 0) {
        *to = base;
        return to + 1;
    }
    const TensorLoop inner = at(loops.loops, loops.count - 1);
    Odometer odometer(loops, begin);
    for (std::int64_t left = end - begin; left > 0;) {
        const std::int64_t first = base + odometer.offset();
        const std::int64_t count = std::min(left, inner.extent - odometer.innermost());
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = first + i * inner.stride;
        }
        to += count;
        left -= count;
        odometer.finish_innermost();
    }
    return to;
}

void gather(const Places &places, std::int64_t size, const void *tensor, void *tile, std::int64_t stride) {
    copy_any<To::tile>(places, size, static_cast<char *>(const_cast<void *>(tensor)), static_cast<char *>(tile),
                       stride);
}

void scatter(const Places &places, std::int64_t size, void *tensor, const void *tile, std::int64_t stride) {
    copy_any<To::tensor>(places, size, static_cast<char *>(tensor), static_cast<char *>(const_cast<void *>(tile)),
                         stride);
}

}  // namespace axnorm

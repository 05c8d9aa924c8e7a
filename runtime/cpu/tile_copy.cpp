#include "tile_copy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>

namespace axnorm {

using detail::at;

namespace {

// Columns that are copied for all rows before the next ones: where rows are neighbours in memory, the lines that they
// share are in the first cache meanwhile.
constexpr std::int64_t block = 128;

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

// Calls take(run) for the indices from `begin` to `end`.
template <class F>
void for_each_run(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base, const F &take) {
    if (loops.count == 0) {
        take(ElementRun{base, 1, 0});
        return;
    }
    const TensorLoop inner = at(loops.loops, loops.count - 1);
    Odometer odometer(loops, begin);
    for (std::int64_t left = end - begin; left > 0;) {
        const std::int64_t count = std::min(left, inner.extent - odometer.innermost());
        take(ElementRun{base + odometer.offset(), count, inner.stride});
        left -= count;
        odometer.finish_innermost();
    }
}

enum class To : std::uint8_t { tile, tensor };

template <To to>
void copy(char *tensor, char *tile, std::size_t bytes) {
    std::memcpy(to == To::tile ? tile : tensor, to == To::tile ? tensor : tile, bytes);
}

// Elements of `size` bytes, of any alignment.
template <To to, std::int64_t size>
void copy_run(const ElementRun &run, char *tensor, char *tile) {
    constexpr std::int64_t worth_a_call = 16;
    if (run.stride == 1 && run.count >= worth_a_call) {
        copy<to>(tensor, tile, static_cast<std::size_t>(run.count * size));
        return;
    }
    for (std::int64_t i = 0; i < run.count; ++i) {
        copy<to>(tensor + i * run.stride * size, tile + i * size, static_cast<std::size_t>(size));
    }
}

bool are_neighbours(std::span<const std::int64_t> rows) {
    const auto is_next = [](std::int64_t a, std::int64_t b) { return b == a + 1; };
    return std::ranges::adjacent_find(rows, std::not_fn(is_next)) == rows.end();
}

// Where rows are neighbours in memory, they are copied column by column: as they lie there.
template <To to, std::int64_t size>
void copy_elements(const Places &places, char *tensor, char *tile, std::int64_t stride) {
    const bool by_column = places.rows.size() > 1 && are_neighbours(places.rows);
    for (const ElementRun &run : places.columns) {
        if (by_column) {
            char *from = tensor + (places.rows[0] + run.first) * size;
            const ElementRun across{0, static_cast<std::int64_t>(places.rows.size()), stride};
            for (std::int64_t i = 0; i < run.count; ++i, from += run.stride * size, tile += size) {
                copy_run<to == To::tile ? To::tensor : To::tile, size>(across, tile, from);
            }
            continue;
        }
        const std::int64_t step = run.stride == 1 ? run.count : block;
        for (std::int64_t begin = 0; begin < run.count; begin += step) {
            const ElementRun piece{run.first + begin * run.stride, std::min(step, run.count - begin), run.stride};
            char *to_row = tile;
            for (const std::int64_t row : places.rows) {
                copy_run<to, size>(piece, tensor + (row + piece.first) * size, to_row);
                to_row += stride * size;
            }
            tile += piece.count * size;
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

ElementRun *write_runs(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base,
                       ElementRun *to) {
    for_each_run(loops, begin, end, base, [&](const ElementRun &run) { *to++ = run; });
    return to;
}

std::int64_t *write_offsets(const TensorLoops &loops, std::int64_t begin, std::int64_t end, std::int64_t base,
                            std::int64_t *to) {
    for_each_run(loops, begin, end, base, [&](const ElementRun &run) {
        for (std::int64_t i = 0; i < run.count; ++i) {
            *to++ = run.first + i * run.stride;
        }
    });
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

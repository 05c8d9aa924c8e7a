#include "reorder.h"

#include <xmmintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

namespace axnorm {

namespace {

struct Move {
    std::int64_t extent, from, to;  // strides of both sides
};

// The loops of the copy with those that are one on both sides merged.
struct Moves {
    std::array<Move, max_axes> moves;
    std::size_t count = 0;

    explicit Moves(std::span<const TensorLoop> loops) {
        for (const TensorLoop &loop : loops) {
            if (count > 0 && moves[count - 1].from == loop.stride * loop.extent) {
                moves[count - 1].extent *= loop.extent;
                moves[count - 1].from = loop.stride;
            } else {
                moves[count++] = {loop.extent, loop.stride, 0};
            }
        }
        std::int64_t stride = 1;
        for (std::size_t i = count; i-- > 0;) {
            moves[i].to = stride;
            stride *= moves[i].extent;
        }
    }

    // Moves the loop that is innermost in `from` right outside of the one that is innermost in `to`.
    void find_rows() {
        if (count < 2) {
            return;
        }
        std::size_t least = 0;
        for (std::size_t i = 1; i + 1 < count; ++i) {
            least = moves[i].from < moves[least].from ? i : least;
        }
        std::swap(moves[least], moves[count - 2]);  // the order of the others does not matter
    }

    std::span<const Move> all() const { return {moves.data(), count}; }
};

// A tile is 16 lines of the cache on both sides. 784x64 floats took 10.4 us in tiles of 16, 14.2 of 4, 20.2 of 32.
constexpr std::int64_t tile = 16;

// Params may begin at any byte.
template <class T>
void move_tile(const T *from, T *to, const Move &rows, const Move &columns) {
    for (std::int64_t r = 0; r < rows.extent; ++r) {
        for (std::int64_t c = 0; c < columns.extent; ++c) {
            std::memcpy(to + r * rows.to + c * columns.to, from + r * rows.from + c * columns.from, sizeof(T));
        }
    }
}

void transpose_4x4(const float *from, float *to, std::int64_t from_stride, std::int64_t to_stride) {
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_stride);
    __m128 c = _mm_loadu_ps(from + 2 * from_stride), d = _mm_loadu_ps(from + 3 * from_stride);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_stride, b);
    _mm_storeu_ps(to + 2 * to_stride, c);
    _mm_storeu_ps(to + 3 * to_stride, d);
}

// In registers where a whole tile has neighbours on both sides: 784x64 floats take 3.2 us.
void move_tile(const float *from, float *to, const Move &rows, const Move &columns) {
    if (rows.extent != tile || columns.extent != tile || rows.from != 1) {
        move_tile<float>(from, to, rows, columns);
        return;
    }
    for (std::int64_t c = 0; c < tile; c += 4) {
        for (std::int64_t r = 0; r < tile; r += 4) {
            transpose_4x4(from + r + c * columns.from, to + r * rows.to + c, columns.from, rows.to);
        }
    }
}

template <class T>
void move_rows(const T *from, T *to, const Move &rows, const Move &columns) {
    for (std::int64_t r = 0; r < rows.extent; r += tile) {
        for (std::int64_t c = 0; c < columns.extent; c += tile) {
            move_tile(from + r * rows.from + c * columns.from, to + r * rows.to + c * columns.to,
                      {std::min(tile, rows.extent - r), rows.from, rows.to},
                      {std::min(tile, columns.extent - c), columns.from, columns.to});
        }
    }
}

template <class T>
void move(const T *from, T *to, std::span<const Move> moves) {
    static constexpr Move once{1, 0, 0};
    if (moves.size() <= 2) {
        move_rows(from, to, moves.size() == 2 ? moves[0] : once, moves.empty() ? once : moves.back());
        return;
    }
    for (std::int64_t i = 0; i < moves[0].extent; ++i) {
        move(from + i * moves[0].from, to + i * moves[0].to, moves.subspan(1));
    }
}

}  // namespace

void reorder(std::span<const TensorLoop> loops, std::int64_t element_size, const void *from, void *to) {
    Moves moves(loops);
    moves.find_rows();
    if (element_size == 8) {
        move(static_cast<const double *>(from), static_cast<double *>(to), moves.all());
    } else {
        move(static_cast<const float *>(from), static_cast<float *>(to), moves.all());
    }
}

}  // namespace axnorm

#include "wide_group.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "params/half.h"

namespace axnorm {

using detail::at;

namespace {

// Elements of a row that are converted at once.
constexpr std::int64_t chunk = 32;
template <class W>
using Chunk = std::array<W, static_cast<std::size_t>(chunk)>;

template <class T, class W>
void load_all(const char *from, std::int64_t stride, std::int64_t count, W *to) {
    for (std::int64_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, from + i * stride * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
        to[i] = static_cast<W>(value);
    }
}

template <class W>
void load(DType dtype, const char *from, std::int64_t stride, std::int64_t count, W *to) {
    switch (dtype) {
        case DType::float32: load_all<float>(from, stride, count, to); return;
        case DType::float64: load_all<double>(from, stride, count, to); return;
        case DType::float16:
        case DType::bfloat16: {
            Chunk<float> values;
            widen(dtype, from, stride, values.data(), count);
            std::copy_n(values.data(), count, to);
        }
    }
}

template <class W>
void store(DType dtype, const W *values, std::int64_t count, char *to, std::int64_t stride) {
    const std::int64_t bytes = stride * size_of(dtype);
    for (std::int64_t i = 0; i < count; ++i, to += bytes) {
        if (dtype == DType::float32) {
            const auto value = static_cast<float>(values[i]);
            std::memcpy(to, &value, sizeof value);
        } else if (dtype == DType::float64) {
            const auto value = static_cast<double>(values[i]);
            std::memcpy(to, &value, sizeof value);
        } else {
            const std::uint16_t value = narrowed(dtype, static_cast<double>(values[i]));
            std::memcpy(to, &value, sizeof value);
        }
    }
}

std::int64_t kept_offset(const Slice &slice, const KeptIndices &kept, Role role) {
    std::int64_t offset = slice.offset[role];
    for (int i = 0; i < slice.plan.kept_count; ++i) {
        const std::size_t letter = std::min<std::size_t>(static_cast<std::size_t>(i), kept.size() - 1);
        offset += kept[letter] * slice.group(at(slice.plan.kept, i)).strides[role];
    }
    return offset;
}

// Calls f(indices, count) for pieces of rows: `count` elements from these indices on.
template <class F>
void for_each_chunk(const Slice &slice, const F &f) {
    const auto &n = slice.reduced;
    ReducedIndices i{};
    for (i[3] = 0; i[3] < n[3]; ++i[3]) {
        for (i[2] = 0; i[2] < n[2]; ++i[2]) {
            for (i[1] = 0; i[1] < n[1]; ++i[1]) {
                for (i[0] = 0; i[0] < n[0]; i[0] += chunk) {
                    f(i, std::min(chunk, n[0] - i[0]));
                }
            }
        }
    }
}

template <class W>
struct Reader {
    const GroupElements &part;
    DType dtype;

    void read(const ReducedIndices &i, std::int64_t count, Chunk<W> &to) const {
        load(dtype, part.at(i, size_of(dtype)), part.strides[0], count, to.data());
    }
};

// Sums of differences from `origin`, and of their squares.
template <class W>
struct WideSums {
    W origin = 0, differences = 0, squares = 0, count = 0;

    void add(const Slice &slice, const Reader<W> &x, bool first_is_origin) {
        for_each_chunk(slice, [&](const auto &i, std::int64_t length) {
            Chunk<W> values{};
            x.read(i, length, values);
            if (first_is_origin && count == 0) {
                origin = values[0];
            }
            for (std::size_t j = 0; j < static_cast<std::size_t>(length); ++j) {
                const W difference = values[j] - origin;
                differences += difference;
                squares += difference * difference;
            }
            count += static_cast<W>(length);
        });
    }
};

// About the first element, which leaves 0 of equal ones; then again about the mean.
template <class W>
bool find_in(const EachPiece &each, const Operands &operands, double eps, WideStatistics &statistics) {
    const bool has_mean = operands.statistic != Statistic::rms;
    const auto sums_about = [&](W origin, bool first_is_origin) {
        WideSums<W> sums{.origin = origin};
        each([&](const Slice &slice, const GroupElements &x) {
            sums.add(slice, {x, operands[role_x].dtype()}, first_is_origin);
        });
        return sums;
    };
    W mean = 0;
    if (has_mean) {
        const WideSums<W> about_first = sums_about(0, true);
        mean = about_first.origin + about_first.differences / about_first.count;
    }
    const WideSums<W> sums = sums_about(mean, false);
    if (!std::isfinite(sums.squares) || sums.count == 0) {
        return false;
    }
    const W rest = has_mean ? sums.differences / sums.count : 0;
    const W variance = std::max<W>(sums.squares / sums.count - rest * rest, 0);
    statistics = {mean, rest, 1 / std::sqrt(variance + static_cast<W>(eps))};
    return true;
}

template <class W>
void write_in(const Slice &slice, const Operands &operands, const GroupElements &elements, const KeptIndices &kept,
              const WideStatistics &statistics) {
    const auto part = [&](Role role) {
        return operands[role].present() ? elements_of(slice, operands, kept, role) : GroupElements{};
    };
    const GroupElements scales = part(role_scale), shifts = part(role_shift), to = part(role_y);
    const Reader<W> x{elements, operands[role_x].dtype()}, scale{scales, operands[role_scale].dtype()},
        shift{shifts, operands[role_shift].dtype()};
    const DType dtype = operands[role_y].dtype();
    const auto mean = static_cast<W>(statistics.mean), rest = static_cast<W>(statistics.rest);
    const auto rstd = static_cast<W>(statistics.rstd);
    Chunk<W> values, factors, terms;
    factors.fill(1);
    terms.fill(0);
    for_each_chunk(slice, [&](const auto &i, std::int64_t count) {
        x.read(i, count, values);
        if (scales.first != nullptr) {
            scale.read(i, count, factors);
        }
        if (shifts.first != nullptr) {
            shift.read(i, count, terms);
        }
        for (std::size_t j = 0; j < static_cast<std::size_t>(count); ++j) {
            values[j] = (values[j] - mean - rest) * rstd * factors[j] + terms[j];
        }
        store(dtype, values.data(), count, const_cast<char *>(to.at(i, size_of(dtype))), to.strides[0]);
    });
}

}  // namespace

GroupElements elements_of(const Slice &slice, const Operands &operands, const KeptIndices &kept, Role role) {
    const ConstTensorView &tensor = operands[role];
    GroupElements part{
        static_cast<const char *>(tensor.data()) + kept_offset(slice, kept, role) * size_of(tensor.dtype()), {}};
    for (std::size_t i = 0; i < part.strides.size(); ++i) {
        part.strides[i] = slice.group(slice.plan.reduced[i]).strides[role];
    }
    return part;
}

std::int64_t count_elements(const Slice &slice) {
    std::int64_t count = 1;
    for (const std::int64_t extent : slice.reduced) {
        count *= extent;
    }
    return count;
}

GroupElements copy_elements(const Slice &slice, const Operands &operands, const KeptIndices &kept, char *to) {
    const GroupElements from = elements_of(slice, operands, kept);
    const DType dtype = operands[role_x].dtype();
    GroupElements copy{to, {}};
    std::int64_t stride = 1;
    for (std::size_t i = 0; i < copy.strides.size(); ++i) {
        copy.strides[i] = stride;
        stride *= slice.reduced[i];
    }
    for_each_chunk(slice, [&](const auto &i, std::int64_t count) {
        const char *source = from.at(i, size_of(dtype));
        auto *target = const_cast<char *>(copy.at(i, size_of(dtype)));
        for (std::int64_t j = 0; j < count; ++j) {
            std::memcpy(target + j * size_of(dtype), source + j * from.strides[0] * size_of(dtype),
                        static_cast<std::size_t>(size_of(dtype)));
        }
    });
    return copy;
}

bool find_statistics(const EachPiece &each, const Operands &operands, double eps, WideStatistics &statistics) {
    return needs_long_double(operands[role_x].dtype()) ? find_in<long double>(each, operands, eps, statistics)
                                                       : find_in<double>(each, operands, eps, statistics);
}

void write_y(const Slice &slice, const Operands &operands, const GroupElements &x, const KeptIndices &kept,
             const WideStatistics &statistics) {
    if (needs_long_double(operands[role_x].dtype())) {
        write_in<long double>(slice, operands, x, kept, statistics);
    } else {
        write_in<double>(slice, operands, x, kept, statistics);
    }
}

void write_statistics(const Slice &slice, const Operands &operands, const KeptIndices &kept,
                      const WideStatistics &statistics) {
    const auto write = [&](Role role, long double value) {
        if (operands[role].present()) {
            const GroupElements to = elements_of(slice, operands, kept, role);
            store(operands[role].dtype(), &value, 1, const_cast<char *>(to.first), 1);
        }
    };
    write(role_mean, statistics.mean);
    write(role_rstd, statistics.rstd);
}

WideStatistics given_statistics(const Slice &slice, const Operands &operands, const KeptIndices &kept) {
    const auto read = [&](Role role) {
        long double value = 0;
        if (operands[role].present()) {
            load(operands[role].dtype(), elements_of(slice, operands, kept, role).first, 1, 1, &value);
        }
        return value;
    };
    return {read(role_mean), 0, read(role_rstd)};
}

}  // namespace axnorm

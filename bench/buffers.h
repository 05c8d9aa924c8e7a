// The memory that all cases share, and a call of axnorm on it.
//
//     Buffers buffers(most_elements);
//     run_axnorm(cases[0], buffers, {.threads = 1});
//
// One x and one y, each on a 64-byte boundary and of the size of the largest case, so that every row of every case
// works on the same, already touched pages.
#pragma once

#include <axnorm_default.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "cases.h"

namespace bench {

struct Free {
    void operator()(float *data) const { std::free(data); }  // NOLINT: from aligned_alloc
};
using Memory = std::unique_ptr<float[], Free>;

inline Memory allocate(std::int64_t count) {
    const auto bytes = static_cast<std::size_t>((count + 15) / 16 * 64);
    Memory memory(static_cast<float *>(std::aligned_alloc(64, bytes)));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

// What a call works on: x and y of the case's dtype.
struct Data {
    const void *x = nullptr;
    void *y = nullptr;
    const float *scale = nullptr, *shift = nullptr, *mean = nullptr, *rstd = nullptr;
};

// x, shift and mean are normally distributed about 0.5, scale and rstd about 1.5; y is zero.
struct Buffers {
    Memory x, y, scale, shift, mean, rstd;

    explicit Buffers(std::int64_t count)
        : x(allocate(count)),
          y(allocate(count)),
          scale(allocate(most_params)),
          shift(allocate(most_params)),
          mean(allocate(most_params)),
          rstd(allocate(most_params)) {
        std::fill_n(y.get(), count, 0.0F);
        fill(x.get(), count, 0.5F);
        fill(scale.get(), most_params, 1.5F);
        fill(shift.get(), most_params, 0.5F);
        fill(mean.get(), most_params, 0.5F);
        fill(rstd.get(), most_params, 1.5F);
    }

    // NOLINTNEXTLINE(google-explicit-constructor): calls take these, and what others hold.
    operator Data() const { return {x.get(), y.get(), scale.get(), shift.get(), mean.get(), rstd.get()}; }

  private:
    static constexpr std::int64_t most_params =
        std::max_element(std::begin(cases), std::end(cases), [](const Case &a, const Case &b) {
            return a.params < b.params;
        })->params;

    static void fill(float *data, std::int64_t count, float mean) {
        std::mt19937 engine(1);
        std::normal_distribution<float> normal(mean, 1.0F);
        for (std::int64_t i = 0; i < count; ++i) {
            data[i] = normal(engine);
        }
    }
};

struct Variant {
    int threads = 1;
    bool canonical = false;
    axnorm::ThreadPool *pool = nullptr;
};

inline axnorm::Extents extents(const Case &c, const std::array<std::int64_t, 4> &values) {
    return axnorm::Extents(std::span(values).first(static_cast<std::size_t>(c.pattern.tensor.rank)));
}

// The arguments of a call.
struct Call {
    axnorm::ConstTensorView x;
    axnorm::TensorView y;
    axnorm::Options options;
    axnorm::NamedLength g;

    Call(const Case &c, const Data &data, const Variant &variant)
        : x(data.x, c.dtype, extents(c, c.shape), extents(c, strides(c))),
          y(data.y, c.dtype, x.shape(), x.strides()),
          options{.statistic = c.statistic,
                  .eps = eps,
                  .parallel = {.threads = variant.threads, .pool = variant.pool},
                  .canonical = variant.canonical},
          g{"g", c.groups} {
        if (c.params != 0) {
            // Of several dimensions they are those of x behind the batch.
            const axnorm::Extents shape = c.pattern.params.rank == 1
                                              ? axnorm::Extents{c.params}
                                              : axnorm::Extents{c.shape[1], c.shape[2], c.shape[3]};
            options.scale = {data.scale, shape};
            options.shift = {data.shift, shape};
        }
        if (c.statistic == given) {
            options.given_mean = {data.mean, {given_elements(c)}};
            options.given_rstd = {data.rstd, {given_elements(c)}};
        }
    }
    std::span<const axnorm::NamedLength> lengths() const { return {&g, g.length != 0 ? 1U : 0U}; }
};

// A call as a user writes it: views and options are made anew each time.
inline void run_axnorm(const Case &c, const Data &data, const Variant &variant) {
    const Call call(c, data, variant);
    axnorm::normalize(c.pattern, call.x, call.y, call.options, call.lengths());
}

// The kernel that run_axnorm uses: its signature, or "canonical".
inline std::string kernel_name(const Case &c, const Data &data) {
    const Call call(c, data, {});
    const axnorm::Kernel &kernel = axnorm::select_kernel(c.pattern, call.x, call.y, call.options, call.lengths());
    return kernel.canonical() ? "canonical" : std::string(kernel.signature);
}

// Whether the libraries that are linked have a kernel for its statistic and dtype.
inline bool available(const Case &c) {
    static float some = 0;  // nothing is read, but views have to point somewhere
    try {
        kernel_name(c, {&some, &some, &some, &some, &some, &some});
        return true;
    } catch (const axnorm::Error &) {
        return false;
    }
}

}  // namespace bench

// Plain loops over the axes of any case: in float the row to compare with, in double the reference for its results.
//
//     NaiveLoops loops(cases[0]);
//     loops.run(x, scale, shift, y);
//
// It goes by the names of the axes and never through axnorm's Layout. The innermost reduced axis is a loop, the axes
// around it are lists of offsets, made beforehand.
#pragma once

#include <cmath>
#include <vector>

#include "cases.h"

namespace bench {

class NaiveLoops {
  public:
    explicit NaiveLoops(const Case &c) : statistic_(c.statistic) {
        const std::array<std::int64_t, 4> x_strides = strides(c);
        const AxisSteps steps = axis_steps(c);
        for (int dimension = 0; dimension < c.pattern.tensor.rank; ++dimension) {
            const auto d = static_cast<std::size_t>(dimension);
            const axnorm::Dimensions::Run &run = c.pattern.tensor.runs[d];
            std::int64_t inside = c.shape[d];
            for (std::size_t i = run.begin; i < run.end; ++i) {
                const std::size_t axis = c.pattern.tensor.axes[i];
                inside /= steps.lengths[axis];
                add(c.pattern.axes[axis].kept, {steps.lengths[axis], inside * x_strides[d], steps.params[axis]});
            }
        }
    }

    // In T throughout. scale and shift may both be null; mean and rstd are read where they are given.
    template <class T, class X>
    void run(const X *x, const float *scale, const float *shift, T *y, const float *mean = nullptr,
             const float *rstd = nullptr) const {
        for (std::size_t i = 0; i < kept_.size(); ++i) {
            const Offset &k = kept_[i];
            const bool is_given = statistic_ == axnorm::Statistic::given;
            const auto [m, r] =
                is_given ? Moments<T>{static_cast<T>(mean[i]), static_cast<T>(rstd[i])} : moments<T>(k, x);
            if (scale == nullptr) {
                each(k, [&, m = m, r = r](std::int64_t e, std::int64_t) { y[e] = (x[e] - m) * r; });
            } else {
                each(k, [&, m = m, r = r](std::int64_t e, std::int64_t p) {
                    y[e] = (x[e] - m) * r * scale[p] + shift[p];
                });
            }
        }
    }

  private:
    struct Loop {
        std::int64_t extent = 1, stride = 0, params_stride = 0;
    };
    struct Offset {
        std::int64_t x = 0, params = 0;
    };

    template <class T>
    struct Moments {
        T mean, rstd;
    };

    // rms takes no mean off.
    template <class T, class X>
    Moments<T> moments(const Offset &k, const X *x) const {
        const auto count = static_cast<T>(count_ * inner_.extent);
        T sum = 0, squares = 0;
        if (statistic_ == axnorm::Statistic::mean_var) {
            each(k, [&](std::int64_t i, std::int64_t) { sum += x[i]; });
        }
        const T mean = sum / count;
        each(k, [&](std::int64_t i, std::int64_t) { squares += (x[i] - mean) * (x[i] - mean); });
        return {mean, 1 / std::sqrt(squares / count + static_cast<T>(eps))};
    }

    // Calls f(index into x, index into params) for each element of the statistic group at k.
    template <class F>
    void each(const Offset &k, F f) const {
        for (const Offset &o : reduced_) {
            for (std::int64_t i = 0; i < inner_.extent; ++i) {
                f(k.x + o.x + i * inner_.stride, k.params + o.params + i * inner_.params_stride);
            }
        }
    }

    void add(bool kept, const Loop &loop) {
        if (kept) {
            kept_ = nest(kept_, loop);
        } else {
            reduced_ = nest(reduced_, inner_);
            inner_ = loop;
            count_ = static_cast<std::int64_t>(reduced_.size());
        }
    }

    static std::vector<Offset> nest(const std::vector<Offset> &outer, const Loop &loop) {
        std::vector<Offset> result;
        for (const Offset &o : outer) {
            for (std::int64_t i = 0; i < loop.extent; ++i) {
                result.push_back({o.x + i * loop.stride, o.params + i * loop.params_stride});
            }
        }
        return result;
    }

    axnorm::Statistic statistic_;
    std::vector<Offset> kept_{{}}, reduced_{{}};
    Loop inner_{};
    std::int64_t count_ = 1;
};

}  // namespace bench

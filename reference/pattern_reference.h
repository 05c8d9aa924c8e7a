// The reference for any pattern, by the names of its axes. It splits the text by itself and shares no code with the
// parser or Layout of axnorm.
//
//     Expected expected = by_pattern("b (g n) h w -> b g", "(g n)", {8, 6, 5, 5}, {{"g", 3}}, x, {.scale = &scale});
#pragma once

#include <map>
#include <string>
#include <vector>

#include "statistic_group.h"

namespace axnorm::test {

using Lengths = std::map<std::string, std::int64_t>;

// The statistic groups of a tensor, which may be visited one by one.
class StatisticGroups {
  public:
    // `strides` are those of x; without them it is in the order of its shape. The pattern has to be a good one.
    StatisticGroups(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths,
                    const Shape &strides = {});

    const Shape &statistics_shape() const { return statistics_shape_; }
    std::int64_t count() const { return product(statistics_shape_); }
    std::int64_t elements() const;  // of each

    // Calls f(index of x, index of params) for each element of a group, in the order of the left side. Groups are
    // counted in the order of the right side.
    template <typename F>
    void each(std::size_t group, const F &f) const {
        std::size_t x = 0, params = 0;
        for (std::size_t i = kept_.size(); i-- > 0;) {
            const Loop &loop = kept_[i];
            x += group % loop.length * loop.x_step;
            params += group % loop.length * loop.params_step;
            group /= loop.length;
        }
        walk(0, x, params, f);
    }

  private:
    struct Loop {
        std::size_t length, x_step, params_step;
    };

    template <typename F>
    void walk(std::size_t depth, std::size_t x, std::size_t params, const F &f) const {
        const Loop loop = reduced_[depth];
        if (depth + 1 < reduced_.size()) {
            for (std::size_t i = 0; i < loop.length; ++i) {
                walk(depth + 1, x + i * loop.x_step, params + i * loop.params_step, f);
            }
            return;
        }
        for (std::size_t i = 0; i < loop.length; ++i) {
            f(x + i * loop.x_step, params + i * loop.params_step);
        }
    }

    std::vector<Loop> kept_;     // in the order of the right side
    std::vector<Loop> reduced_;  // in that of the left side
    Shape statistics_shape_;
};

// x is in the order of its shape. The pattern has to be a good one.
Expected by_pattern(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths,
                    const Values &x, const ReferenceOptions &options = {});
WideExpected wide_by_pattern(const std::string &text, const std::string &params, const Shape &shape,
                             const Lengths &lengths, const Values &x, const ReferenceOptions &options = {});

// The shapes of scale and shift, and of mean and rstd.
Shape params_shape(const std::string &text, const std::string &params, const Shape &shape, const Lengths &lengths);
Shape right_side_shape(const std::string &text, const Shape &shape, const Lengths &lengths);

}  // namespace axnorm::test

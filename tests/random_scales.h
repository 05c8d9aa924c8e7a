// Random calls at random scales: those of random_case.h, with numbers from the least of a dtype to the largest.
//
//     RandomCase c(seed);
//     const RandomScales scales(c);   // fills its tensors anew; scales.describe() says with what
#pragma once

#include <string>

#include "random_case.h"

namespace axnorm::test {

class RandomScales {
  public:
    explicit RandomScales(RandomCase &of);

    std::string describe() const;
    // Of a call that was run.
    void expect_right(const RandomCase &c) const;

  private:
    // What x is: normal about a mean; near to a mean that is far, or anywhere; all the same; of any scale each; normal
    // with some that are of another scale.
    enum class Kind { normal, shifted, constant, each, outliers };

    void draw_x(RandomCase &of);
    void draw_eps(RandomCase &of);
    void draw_params(RandomCase &of);
    void draw_statistics(RandomCase &of);
    double any(DType dtype);  // log-uniform
    double signed_any(DType dtype) { return random_.chance(0.5) ? any(dtype) : -any(dtype); }

    Random random_;
    Kind kind_;
    double mean_ = 0, std_ = 0, scale_ = 0, shift_ = 0;
};

}  // namespace axnorm::test

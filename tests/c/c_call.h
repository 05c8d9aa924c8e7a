// Calls of the C interface, on the tensors of the tests.
//
//     DLTensor x = describe(call.x);
//     EXPECT_EQ(axnorm_normalize("b c -> b", "", &x, &y, nullptr, 0, nullptr), AXNORM_OK);
#pragma once

#include <axnorm.h>

#include "reference/tensors.h"

namespace axnorm::test {

// It refers to the tensor.
inline DLTensor describe(const Tensor &tensor) {
    const auto code = static_cast<std::uint8_t>(tensor.dtype() == DType::bfloat16 ? kDLBfloat : kDLFloat);
    return {tensor.out().data(),
            {kDLCPU, 0},
            static_cast<int>(tensor.shape().size()),
            {code, static_cast<std::uint8_t>(8 * size_of(tensor.dtype())), 1},
            const_cast<std::int64_t *>(tensor.shape().data()),
            const_cast<std::int64_t *>(tensor.strides().data()),
            0};
}

// A good call of "b (g n) h w -> b g", of which a test makes one thing bad.
struct GoodCall {
    const char *text = "b (g n) h w -> b g", *params = "(g n)";
    std::vector<axnorm_length> lengths = {{"g", 3}};
    Tensor x{{2, 6, 4, 5}}, y{{2, 6, 4, 5}}, scale{{6}}, shift{{6}}, mean{{2, 3}}, rstd{{2, 3}};
    DLTensor x_tensor = describe(x), y_tensor = describe(y), scale_tensor = describe(scale),
             shift_tensor = describe(shift), mean_tensor = describe(mean), rstd_tensor = describe(rstd);
    axnorm_options options = AXNORM_OPTIONS_INIT;

    GoodCall() {
        x.fill(normal(240, 0, 1, 31));
        scale.fill(normal(6, 1, 1, 32));
        shift.fill(normal(6, 0, 1, 33));
        options.scale = &scale_tensor;
        options.shift = &shift_tensor;
        options.mean = &mean_tensor;
        options.rstd = &rstd_tensor;
    }
    GoodCall(const GoodCall &) = delete;
    GoodCall &operator=(const GoodCall &) = delete;

    int run() { return run(&options); }
    int run(const axnorm_options *with) {
        return axnorm_normalize(text, params, &x_tensor, &y_tensor, lengths.data(), lengths.size(), with);
    }
    bool untouched() const { return y.untouched() && mean.untouched() && rstd.untouched(); }
};

}  // namespace axnorm::test

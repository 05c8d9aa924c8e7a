// The encoder: layer norm and instance norm.
#include "check.h"
#include "encoder_norms.h"
#include "parts.h"

bool run_encoder() {
    const int batch = 2, tokens = 7, channels = 96, height = 4, width = 10;
    const std::vector<float> x = sample(batch * tokens * channels), image = sample(batch * channels * height * width);
    std::vector<float> y(x.size()), image_y(image.size());

    axnorm::normalize<"b t c -> b t", "c">({x.data(), {batch, tokens, channels}},
                                           {y.data(), {batch, tokens, channels}});
    axnorm::normalize<"b c h w -> b c", "c">({image.data(), {batch, channels, height, width}},
                                             {image_y.data(), {batch, channels, height, width}});

    const bool layer = rows_agree("encoder layer norm", x, y, channels);
    return rows_agree("encoder instance norm", image, image_y, height * width) && layer;
}

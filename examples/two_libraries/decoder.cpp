// The decoder: layer norm, and root mean square for each head.
#include "check.h"
#include "decoder_norms.h"
#include "parts.h"

bool run_decoder() {
    const int batch = 3, tokens = 5, heads = 4, depth = 24, channels = heads * depth;
    const std::vector<float> x = sample(batch * tokens * channels);
    std::vector<float> y(x.size()), by_head(x.size());

    axnorm::normalize<"b t c -> b t", "c">({x.data(), {batch, tokens, channels}},
                                           {y.data(), {batch, tokens, channels}});
    axnorm::normalize<"b t (h d) -> b t h", "d">({x.data(), {batch, tokens, channels}},
                                                 {by_head.data(), {batch, tokens, channels}},
                                                 {.statistic = axnorm::Statistic::rms}, axnorm::axis<"h"> = heads);

    const bool layer = rows_agree("decoder layer norm", x, y, channels);
    return rows_agree("decoder per head, rms", x, by_head, depth, /*centred=*/false) && layer;
}

// Features of a padded batch of utterances: each feature is normalized by its mean and variance over the valid frames,
// and the padding stays as it is. Compared with plain loops.
#include "my_norms.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "reference.h"

int main() {
    const std::int64_t longest = 50, features = 80;
    const std::vector<std::int64_t> frames{50, 31, 7};  // of each utterance
    const std::int64_t utterance = longest * features;
    std::vector<float> x(frames.size() * static_cast<std::size_t>(utterance));
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = -20 + static_cast<float>(i * 37 % 101) / 10;
    }
    std::vector<float> y(x.size()), means(frames.size() * features);

    // A call for each utterance, which sees its valid frames alone.
    double error = 0;
    bool padding_stays = true;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const std::int64_t at = static_cast<std::int64_t>(i) * utterance;
        const float *const from = x.data() + at;
        float *const to = y.data() + at;
        float *const mean = means.data() + static_cast<std::int64_t>(i) * features;

        axnorm::normalize<"t f -> f">({from, {frames[i], features}}, {to, {frames[i], features}},
                                      {.mean = {mean, {features}}, .eps = 1e-5});

        error = std::max(error, utterance_error(from, to, static_cast<std::size_t>(frames[i]), features, 1e-5));
        padding_stays = padding_stays &&
                        std::all_of(to + frames[i] * features, to + utterance, [](float value) { return value == 0; });
        std::printf("%2d frames: mean of the first feature %.3f\n", static_cast<int>(frames[i]), mean[0]);
    }
    std::printf("largest difference %.1e, the padding %s\n", error, padding_stays ? "stays" : "is lost");
    return error < 1e-5 && padding_stays ? 0 : 1;
}

// Knobs that families have in common: of sums, and of stores that go past the caches (streaming.h).
#pragma once

#include "knobs.h"

namespace axnorm::codegen {

struct CommonKnobs {
    // More are more loads that wait for memory at once, and more code.
    int sum_steps = 1;

    // Statistic groups of at most so many elements stay in a second-level cache while they are normalized and the next
    // ones are fetched.
    int fetched_group = 65536;

    // What was read last is still in a cache when y is computed. Not usual: of groups that a cache holds it is no gain.
    int backward = 0;

    int stores = 0;
};

struct StreamingKnobs : CommonKnobs {
    // Elements of a tile, where rows are not longer: 4 KB of float32: about as many lines as the processor holds back
    // stores, so that the next tile is computed while this one is written. Instance norm NHWC 32x3136x64 took 4.5 ns a
    // line with 4096, 3.9 with 2048, 3.1 with 1024, 3.2 with 512, where a copy took 1.8.
    int stream_tile = 1024;
};

// Not of the kernel's code: it has both kinds of stores (Kernel::stores).
template <class Knobs>
KnobRow<Knobs> stores_row() {
    return {"stores",
            &Knobs::stores,
            {0, 1, 2},
            "stores of calls on one thread that leave them open: 1: past the caches, 2: into them, 0: by the runtime's "
            "threshold",
            /*at_run_time=*/true};
}

template <class Knobs>
std::vector<KnobRow<Knobs>> with_common(std::vector<KnobRow<Knobs>> rows) {
    rows.push_back({"sum_steps",
                    &Knobs::sum_steps,
                    {1, 2, 4},
                    "elements of a lane that are added in a turn of the innermost loop of a sum"});
    rows.push_back({"fetched_group",
                    &Knobs::fetched_group,
                    {0, 16384, 65536, 262144},
                    "elements of a statistic group, up to which the next one is fetched while y is streamed"});
    rows.push_back({"backward", &Knobs::backward, {0, 1}, "1: y is computed from the end of a statistic group on"});
    rows.push_back(stores_row<Knobs>());
    return rows;
}

template <class Knobs>
std::vector<KnobRow<Knobs>> with_streaming(std::vector<KnobRow<Knobs>> rows) {
    rows.push_back(
        {"stream_tile", &Knobs::stream_tile, {256, 512, 1024, 2048, 4096}, "elements that are streamed at once"});
    return with_common(std::move(rows));
}

}  // namespace axnorm::codegen

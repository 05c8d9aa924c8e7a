// Calls of axnorm_normalize(): whatever the descriptions of tensors say, nothing outside of what they describe is read
// or written; a call that is refused has written nothing, and one that is not has computed what the reference does.
//
//     PATTERN|PARAMS|bytes, of which MadeCall makes the rest; or T||bytes, where T stands for one of its patterns
#include "check_call.h"
#include "runtime/tuning/thresholds.h"

// Small calls are divided between threads, too, and their scale and shift copied.
extern "C" int LLVMFuzzerInitialize(int *, char ***) {
    axnorm::Thresholds thresholds;
    thresholds.threaded_elements = 128;
    thresholds.task_elements = 32;
    thresholds.aligned_params_reads = 2;
    axnorm::use_thresholds(thresholds);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    axnorm::fuzz::Input input(data, size);
    axnorm::fuzz::MadeCall call(input);
    axnorm::fuzz::check_call(call);
    return 0;
}

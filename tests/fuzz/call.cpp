// Calls of axnorm_normalize(): whatever the descriptions of tensors say, nothing outside of what they describe is read
// or written; a call that is refused has written nothing, and one that is not has computed what the reference does.
//
//     PATTERN|PARAMS|bytes, of which MadeCall makes the rest; or T||bytes, where T stands for one of its patterns
#include "check_call.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    axnorm::fuzz::Input input(data, size);
    axnorm::fuzz::MadeCall call(input);
    axnorm::fuzz::check_call(call);
    return 0;
}

// What kernels are given as their user_context (generators/cpu/scratch.h, runtime/cpu/extreme_groups.h).
#pragma once

namespace axnorm {

class ExtremeGroups;

struct KernelContext {
    static constexpr int scratch_bytes = 128 << 10;

    void *scratch;  // so many bytes, of this thread's
    ExtremeGroups *extreme_groups;
};

}  // namespace axnorm

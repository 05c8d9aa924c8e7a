// How the processor rounds while kernels run: to the nearest, with subnormal numbers, trapping nothing. A caller's own
// choice comes back behind, so that the bits of a call do not depend on it.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace axnorm {

#if defined(__x86_64__)

class FloatEnvironment {
  public:
    FloatEnvironment() : of_caller_(_mm_getcsr()) {
        if ((of_caller_ & ~flags) != standard) {
            _mm_setcsr(standard | (of_caller_ & flags));
        }
    }
    ~FloatEnvironment() {
        if ((of_caller_ & ~flags) != standard) {
            _mm_setcsr((_mm_getcsr() & flags) | (of_caller_ & ~flags));
        }
    }
    FloatEnvironment(const FloatEnvironment &) = delete;
    FloatEnvironment &operator=(const FloatEnvironment &) = delete;

  private:
    static constexpr unsigned flags = 0x3f;  // what has happened
    static constexpr unsigned standard = 0x1f80;
    unsigned of_caller_;
};

#endif

}  // namespace axnorm

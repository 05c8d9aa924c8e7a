// Kernels with faults, for axnorm-measure to find: each calls a right one, KERNEL, and does something beside.
#include <HalideRuntime.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

extern "C" int JOIN(KERNEL, _argv)(void **arguments);
extern "C" const halide_filter_metadata_t *JOIN(KERNEL, _metadata)();

namespace {

// By its name, an argument of a call.
void *&argument(void **arguments, std::string_view name) {
    const halide_filter_metadata_t *metadata = JOIN(KERNEL, _metadata)();
    int i = 0;
    while (metadata->arguments[i].name != name) {
        ++i;
    }
    return arguments[i];
}

float *output(void **arguments, std::string_view name) {
    return reinterpret_cast<float *>(static_cast<halide_buffer_t *>(argument(arguments, name))->host);
}

float *y_of(void **arguments) {
    return output(arguments, "y_out");
}

void flip_last_bit(float *of) {
    std::uint32_t bits;
    std::memcpy(&bits, of, 4);
    bits ^= 1;
    std::memcpy(of, &bits, 4);
}

}  // namespace

#define PLANTED(name, ...)                                         \
    extern "C" int name##_argv(void **arguments) {                 \
        __VA_ARGS__                                                \
    }                                                              \
    extern "C" const halide_filter_metadata_t *name##_metadata() { \
        return JOIN(KERNEL, _metadata)();                          \
    }

#define RUN JOIN(KERNEL, _argv)(arguments)

PLANTED(faithful, return RUN;)

PLANTED(wrong, const int error = RUN; y_of(arguments)[0] += 0.01F; return error;)

PLANTED(other_bits, const int error = RUN; flip_last_bit(y_of(arguments)); return error;)

// y is right in these.
PLANTED(wrong_mean, const int error = RUN; output(arguments, "mean_out")[0] += 0.01F; return error;)

PLANTED(wrong_rstd, const int error = RUN; output(arguments, "rstd_out")[0] *= 1.01F; return error;)

PLANTED(other_bits_of_rstd, const int error = RUN; flip_last_bit(output(arguments, "rstd_out")); return error;)

// In place of 1e-5.
PLANTED(other_eps, double eps = 1e-1; argument(arguments, "eps") = &eps; return RUN;)

PLANTED(incomplete, const int error = RUN; std::memset(y_of(arguments), 0xff, 4); return error;)

PLANTED(outside, const int error = RUN; y_of(arguments)[-1] = 1; return error;)

// Where y goes past the caches alone.
PLANTED(wrong_stream, const int error = RUN;
        y_of(arguments)[0] += *static_cast<bool *>(argument(arguments, "stream")) ? 0.01F : 0.0F; return error;)

PLANTED(failing, (void)arguments; return -1;)

PLANTED(crash, (void)arguments; *static_cast<volatile int *>(nullptr) = 0; return 0;)

PLANTED(
    hang, for (volatile bool *forever = static_cast<bool *>(argument(arguments, "stream"));;) { (void)*forever; })

PLANTED(
    slow, for (int i = 0; i < 3; ++i) { RUN; } return RUN;)

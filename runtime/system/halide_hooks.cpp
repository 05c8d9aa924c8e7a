#include "halide_hooks.h"

#include <atomic>

#include "axnorm/parallel.h"
#include "isa.h"
#include "runtime/halide/errors.h"
#include "runtime/tuning/tuning_file.h"

namespace axnorm {

// Several threads may do it at once: what they do is the same.
void install_halide_hooks() {
    static constinit std::atomic<bool> installed{false};
    if (!installed.load(std::memory_order_acquire)) {
        instruction_set();
        num_threads();
        install_error_handler();
        load_tuning_of_environment();
        installed.store(true, std::memory_order_release);
    }
}

}  // namespace axnorm

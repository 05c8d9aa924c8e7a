#include "halide_hooks.h"

#include "isa.h"
#include "runtime/halide/errors.h"
#include "runtime/tuning/tuning_file.h"
#include "scratch_memory.h"

namespace axnorm {

void install_halide_hooks() {
    static const bool installed = [] {
        install_choice_of_isa();
        install_error_handler();
        install_scratch_memory();
        load_tuning_of_environment();
        return true;
    }();
    (void)installed;
}

}  // namespace axnorm

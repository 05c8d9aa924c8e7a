#include "schedule.h"

#include <stdexcept>

namespace axnorm::codegen {

std::vector<Halide::VarOrRVar> inside_out(std::vector<Halide::VarOrRVar> loops, const Halide::RDom &reduction) {
    for (int i = 0; i < reduction.dimensions(); ++i) {
        loops.emplace_back(reduction[i]);
    }
    return loops;
}

const ScheduleFamily &schedule_for(const Signature &signature) {
    for (const ScheduleFamily *family : {&reduced_innermost, &kept_innermost}) {
        if (family->serves(signature)) {
            return *family;
        }
    }
    throw std::invalid_argument("no schedule family serves this signature");
}

}  // namespace axnorm::codegen

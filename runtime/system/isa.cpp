#include "isa.h"

#include <HalideRuntime.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

#include "axnorm/error.h"
#include "axnorm/kernel.h"
#include "found.h"

namespace axnorm {
namespace {

InstructionSet max_isa() {
    const char *name = std::getenv("AXNORM_MAX_CPU_ISA");
    const std::string_view value = name != nullptr && *name != '\0' ? name : name_of(InstructionSet::avx512);
    for (const InstructionSet isa : each_instruction_set) {
        if (value == name_of(isa)) {
            return isa;
        }
    }
    throw Error("AXNORM_MAX_CPU_ISA is '" + std::string(value) + "', it has to be baseline, avx2 or avx512");
}

bool has_feature(const std::uint64_t *features, halide_target_feature_t feature) {
    return (features[feature / 64] >> (feature % 64) & 1) != 0;
}

constinit std::atomic<InstructionSet> limit{InstructionSet::avx512};

// Asked by the entry of each kernel for its most demanding instruction set first.
int can_use_target_features(int count, const std::uint64_t *features) {
    const InstructionSet isa = limit.load(std::memory_order_relaxed);
    if ((isa < InstructionSet::avx2 && has_feature(features, halide_target_feature_avx)) ||
        (isa < InstructionSet::avx512 && has_feature(features, halide_target_feature_avx512))) {
        return 0;
    }
    return halide_default_can_use_target_features(count, features);
}

InstructionSet detect() {
    const auto can_use = [](std::initializer_list<halide_target_feature_t> wanted) {
        std::uint64_t features[(halide_target_feature_end + 63) / 64]{};
        for (const halide_target_feature_t feature : wanted) {
            features[feature / 64] |= std::uint64_t{1} << (feature % 64);
        }
        return can_use_target_features(static_cast<int>(std::size(features)), features) != 0;
    };
    limit = max_isa();  // throws here, where no kernel is above on the stack
    halide_set_custom_can_use_target_features(can_use_target_features);
    if (can_use({halide_target_feature_avx, halide_target_feature_avx2, halide_target_feature_avx512,
                 halide_target_feature_avx512_skylake})) {
        return InstructionSet::avx512;
    }
    return can_use({halide_target_feature_avx, halide_target_feature_avx2, halide_target_feature_fma,
                    halide_target_feature_f16c})
               ? InstructionSet::avx2
               : InstructionSet::baseline;
}

}  // namespace

InstructionSet instruction_set() {
    static constinit Found<InstructionSet> isa;
    return isa.get(detect);
}

const char *cpu_isa() {
    return name_of(instruction_set());
}

}  // namespace axnorm

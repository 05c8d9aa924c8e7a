#include "isa.h"

#include <HalideRuntime.h>
#include <cpuid.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "axnorm/error.h"
#include "axnorm/kernel.h"
#include "found.h"

// Where a program has Halide's runtime too (errors.cpp), its halide_can_use_target_features() may be the one that is
// linked; and ours, where that is, knows no features but those of our kernels.
extern "C"
    [[gnu::weak, gnu::visibility("hidden")]] halide_can_use_target_features_t halide_set_custom_can_use_target_features(
        halide_can_use_target_features_t);
extern "C" [[gnu::weak, gnu::visibility("hidden")]] int halide_default_can_use_target_features(int,
                                                                                               const std::uint64_t *);

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

bool has_f16c() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

// What kernels of an instruction set are compiled for, all of it: generators/library/command.cpp.
InstructionSet best_isa() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx") == 0 || __builtin_cpu_supports("avx2") == 0 ||
        __builtin_cpu_supports("fma") == 0 || !has_f16c()) {
        return InstructionSet::baseline;
    }
    const bool is_avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
                           __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                           __builtin_cpu_supports("avx512vl") != 0;
    return is_avx512 ? InstructionSet::avx512 : InstructionSet::avx2;
}

bool has_feature(const std::uint64_t *features, halide_target_feature_t feature) {
    return (features[feature / 64] >> (feature % 64) & 1) != 0;
}

// Asked by the entry of each kernel for its most demanding instruction set first.
int can_use_target_features(int count, const std::uint64_t *features) noexcept {
    const InstructionSet needed = has_feature(features, halide_target_feature_avx512)  ? InstructionSet::avx512
                                  : has_feature(features, halide_target_feature_sse41) ? InstructionSet::avx2
                                                                                       : InstructionSet::baseline;
    return needed <= instruction_set() && (halide_default_can_use_target_features == nullptr ||
                                           halide_default_can_use_target_features(count, features) != 0);
}

InstructionSet choose() {
    const InstructionSet isa = std::min(max_isa(), best_isa());
    if (halide_set_custom_can_use_target_features != nullptr) {
        halide_set_custom_can_use_target_features(can_use_target_features);
    }
    return isa;
}

}  // namespace

InstructionSet instruction_set() {
    static constinit Found<InstructionSet> isa;
    return isa.get(choose);
}

const char *cpu_isa() {
    return name_of(instruction_set());
}

}  // namespace axnorm

// What kernels call.
extern "C" [[gnu::weak]] int halide_can_use_target_features(int count, const std::uint64_t *features) {
    return axnorm::can_use_target_features(count, features);
}

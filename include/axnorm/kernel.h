// Kernels: ahead-of-time compiled functions, each for a statistic and a signature (signature.h).
//
//     {Statistic::mean_var, "kKRr", /*contiguous=*/true, /*contiguous_params=*/true, {DType::float32, DType::float32},
//     my_norms_mean_var_kKRr_f32_argv, "..."}
//
// Libraries of them: library.h.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "dtype.h"
#include "options.h"
#include "signature.h"

namespace axnorm {

// What the code of CPU kernels asks of the processor, each with what the one before has: x86-64 with SSE2; AVX2 with
// FMA and F16C; AVX-512 with F, CD, BW, DQ and VL, as in Skylake servers.
enum class InstructionSet : std::uint8_t { baseline, avx2, avx512 };
inline constexpr std::initializer_list<InstructionSet> each_instruction_set = {
    InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512};
const char *name_of(InstructionSet instruction_set);  // "baseline", "avx2", "avx512"

// Those that a kernel is compiled for. It runs with the best one that the processor has.
class InstructionSets {
  public:
    constexpr InstructionSets() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): {InstructionSet::avx2} has to become one.
    constexpr InstructionSets(std::initializer_list<InstructionSet> all) {
        for (const InstructionSet one : all) {
            add(one);
        }
    }
    constexpr bool operator==(const InstructionSets &) const = default;
    constexpr bool empty() const { return bits_ == 0; }
    constexpr bool has(InstructionSet one) const { return (bits_ & bit(one)) != 0; }
    constexpr void add(InstructionSet one) { bits_ = static_cast<std::uint8_t>(bits_ | bit(one)); }
    constexpr void remove(InstructionSets others) { bits_ = static_cast<std::uint8_t>(bits_ & ~others.bits_); }

    // Whether the kernel runs where there is `available`, and with which one then.
    constexpr bool run_with(InstructionSet available) const { return (bits_ & up_to(available)) != 0; }
    constexpr InstructionSet best(InstructionSet available) const {
        return static_cast<InstructionSet>(std::bit_width(bits_ & up_to(available)) - 1);
    }

  private:
    static constexpr unsigned bit(InstructionSet one) { return 1U << static_cast<unsigned>(one); }
    static constexpr unsigned up_to(InstructionSet one) { return 2 * bit(one) - 1; }

    std::uint8_t bits_ = 0;
};
inline constexpr InstructionSets all_instruction_sets(each_instruction_set);

// The calls that a kernel was tuned for, by the bytes of x. It runs on the processor that it was measured on, and where
// the best instruction set is one of its own: what is fast elsewhere nobody measured.
struct TunedFor {
    std::int64_t least_bytes = 0, most_bytes = 0;  // of none, where most_bytes is 0: the kernel is for all calls
    std::string_view processor{};                  // "GenuineIntel-6-143": vendor, family and model; "": any

    constexpr bool exists() const { return most_bytes != 0; }
    constexpr bool has(std::int64_t bytes) const { return bytes >= least_bytes && bytes <= most_bytes; }
};

// What knob "stores" comes to, in knobs as Kernel has them: where it is 0, or absent, automatic.
constexpr Stores stores_of(std::string_view knobs) {
    const std::size_t at = knobs.starts_with("stores:") ? 0 : knobs.find(",stores:");
    if (at == std::string_view::npos) {
        return Stores::automatic;
    }
    const char value = knobs[knobs.find(':', at) + 1];
    return value == '1' ? Stores::streaming : value == '2' ? Stores::cached : Stores::automatic;
}

// A compiled kernel. What it is given: runtime/halide/argument_array.h.
struct Kernel {
    Statistic statistic;
    std::string_view signature;
    bool contiguous;         // the innermost group has stride 1 in x and y
    bool contiguous_params;  // and, where it is a reduced group that they are indexed by, in scale and shift
    DTypePair dtypes;
    int (*function)(void **arguments);
    std::string_view name;
    Device device = Device::cpu;
    // Kernels of devices have a statistic `given` of their own, and three more properties.
    bool aligned = false;  // accesses of 128 bits: plan.cpp says what they ask of pointers, strides and extents;
                           // tensors of 16 bits are seen as words of two elements along the innermost group
    bool split = false;    // blocks share a statistic group, for few large ones: needs a workspace (options.h), but
                           // for statistic given, which is one launch
    DType params_dtype = statistics_dtype(dtypes.x);  // of scale and shift; on the CPU always that one
    // Of its schedule those that are not as usual, "batch_elements:4096,rows:4", sorted (schedules/knobs/knobs.h).
    std::string_view knobs{};
    InstructionSets instruction_sets = all_instruction_sets;  // of kernels for the CPU
    TunedFor tuned_for{};
    Letters letters{signature};
    Stores stores{stores_of(knobs)};  // of calls on one thread whose options leave them open

    constexpr bool canonical() const { return letters.canonical(); }

    // Elements of the smaller of x and y in 128 bits.
    constexpr std::int64_t vector_length() const { return 16 / std::min(size_of(dtypes.x), size_of(dtypes.y)); }
};

// The instruction set that kernels run with: "baseline" (x86-64), "avx2" or "avx512". The environment variable
// AXNORM_MAX_CPU_ISA, read at the first call, holds it down to one of these.
const char *cpu_isa();

}  // namespace axnorm

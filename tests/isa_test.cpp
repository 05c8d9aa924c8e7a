// Instruction sets: AXNORM_MAX_CPU_ISA holds the kernels down to one, and all of them give the same bits.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <string>
#include <string_view>

#include "systems.h"

namespace axnorm::test {
namespace {

TEST(InstructionSet, IsTheOneAskedFor) {
    const char *asked = std::getenv("AXNORM_MAX_CPU_ISA");
    const std::string limit = asked == nullptr ? "" : asked, isa = cpu_isa();
    RecordProperty("isa", isa);
    std::string best = "baseline";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        best = "avx2";
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd")) {
        best = "avx512";
    }
    if (limit == "baseline" || (limit == "avx2" && best == "avx512")) {
        EXPECT_EQ(isa, limit);
    } else {
        EXPECT_EQ(isa, best);
    }
}

// Of floats, and of doubles where the tensor is no float32.
std::uint64_t fnv1a(const Tensor &tensor, std::uint64_t hash) {
    const bool single = tensor.dtype() == DType::float32;
    for (const double value : tensor.get()) {
        const std::uint64_t bits =
            single ? std::bit_cast<std::uint32_t>(static_cast<float>(value)) : std::bit_cast<std::uint64_t>(value);
        for (int i = 0; i < (single ? 4 : 8); ++i) {
            hash = (hash ^ (bits >> (8 * i) & 0xff)) * 0x100000001b3u;
        }
    }
    return hash;
}

// Values of 16 random bits, between -28 and 228, which need no mathematical function.
Values integers(std::int64_t count, std::uint64_t seed) {
    Random random(seed);
    Values values;
    for (std::int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<double>(random.bits() & 0xffff) / 256 - 28);
    }
    return values;
}

// y, mean and rstd of each system, at a shape with tails everywhere and at one of several blocks.
std::uint64_t hash_of_all(DTypePair dtypes, bool canonical) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const System &system : systems()) {
        for (const Shape &shape : {system.shape(3, 12, 7, 11), system.shape(2, 36, 50, 65)}) {
            Call call(system, shape, 4, integers(product(shape), 61), {}, dtypes);
            call.scale.fill(integers(call.scale.count(), 62));
            call.shift.fill(integers(call.shift.count(), 63));
            call.options.canonical = canonical;
            call.run();
            hash = fnv1a(call.rstd, fnv1a(call.mean, fnv1a(call.y, hash)));
        }
    }
    return hash;
}

// One summation tree, strict arithmetic, correctly rounded division and square root: so the bits of one machine are
// those of all, with fused multiply-adds, and without them. A change of the tree changes them: then these numbers are
// what the test prints, after the accuracy tests pass.
struct Golden {
    DType dtype;
    std::uint64_t fused, baseline;
};
constexpr Golden golden[] = {
    {DType::float32, 1629069429675852199u, 8602008803573181342u},
    {DType::float64, 11298384491327087398u, 14209382399566726887u},
    {DType::float16, 16635019521117435265u, 6219298493966070939u},
    {DType::bfloat16, 16748113856394072627u, 14957494966054131376u},
};

TEST(InstructionSet, DoesNotChangeABit) {
    for (const auto &[dtype, fused, baseline] : golden) {
        const std::uint64_t expected = std::string_view(cpu_isa()) == "baseline" ? baseline : fused;
        for (const bool canonical : {false, true}) {
            EXPECT_EQ(hash_of_all({dtype, dtype}, canonical), expected)
                << name_of(dtype) << ", isa " << cpu_isa() << (canonical ? ", canonical kernels" : "");
        }
    }
}

}  // namespace
}  // namespace axnorm::test

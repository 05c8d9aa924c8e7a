// Memory of all spaces, variables, calls and branches.
#include <gtest/gtest.h>

#include <numeric>

#include "ptx_harness.h"

namespace axnorm::fake_cuda::test {
namespace {

using Words = std::vector<std::uint32_t>;

Words run_one(const std::string &body, Words in, const std::string &before = "", std::size_t results = 4) {
    KernelRun run{Words(results), std::move(in), {}, {}, 0, {}, {}};
    run.run(kernel_of(body, before));
    return run.out;
}

TEST(Memory, VectorsOfAllWidths) {
    EXPECT_EQ(run_one("ld.global.nc.v4.b32 {%r0, %r1, %r2, %r3}, [%d7]; st.global.v4.b32 [%d8], {%r3, %r2, %r1, %r0};",
                      {1, 2, 3, 4}),
              (Words{4, 3, 2, 1}));
    EXPECT_EQ(run_one("ld.global.L1::no_allocate.v2.u64 {%d0, %d1}, [%d7]; st.global.v2.b64 [%d8], {%d1, %d0};",
                      {1, 2, 3, 4}),
              (Words{3, 4, 1, 2}));
    EXPECT_EQ(run_one("ld.v4.u16 {%h0, %h1, _, %h3}, [%d7+8]; st.v2.b16 [%d8], {%h0, %h3};", {0, 0, 0x20001, 0x40003}),
              (Words{0x40001, 0, 0, 0}));
    EXPECT_EQ(run_one("ld.global.s8 %r0, [%d7]; st.global.b32 [%d8], %r0; st.global.b8 [%d8+5], %r0; ld.u8 %r1, [%d7];"
                      "st.b32 [%d8+8], %r1;",
                      {0xfe}),
              (Words{0xfffffffe, 0xfe00, 0xfe, 0}));
    EXPECT_EQ(run_one("st.volatile.global.v2.f32 [%d8+8], {0f3F800000, 0f00000000};", {}),
              (Words{0, 0, 0x3f800000, 0}));
}

TEST(Memory, VariablesHaveTheirValues) {
    const std::string before =
        ".global .align 4 .b32 numbers[4] = {1, -2, 3};\n.const .align 8 .f64 half = 0d3FE0000000000000;\n"
        ".global .align 8 .u64 pointer = generic(numbers)+4;\n.global .align 4 .u32 counter;\n";
    EXPECT_EQ(run_one("ld.global.b32 %r0, [numbers+4]; st.global.b32 [%d8], %r0; ld.const.f64 %d0, [half];"
                      "st.global.b64 [%d8+8], %d0; ld.global.b64 %d1, [pointer]; ld.b32 %r1, [%d1+4];"
                      "st.global.b32 [%d8+4], %r1; mov.b64 %d2, counter; ld.global.b32 %r2, [%d2]; add.s32 %r2, %r2, 1;"
                      "st.global.b32 [%d2], %r2; st.global.b32 [%d8+8], %r2;",
                      {}, before),
              (Words{0xfffffffe, 3, 1, 0x3fe00000}));
}

TEST(Memory, LocalAndSharedByGenericAddresses) {
    EXPECT_EQ(
        run_one(".local .align 8 .b8 depot[16]; .reg .b64 %SP, %SPL; mov.b64 %SPL, depot; cvta.local.u64 %SP, %SPL;"
                "st.local.b32 [%SPL+4], 7; ld.b32 %r0, [%SP+4]; st.global.b32 [%d8], %r0;"
                "ld.local.b32 %r1, [%SPL]; st.global.b32 [%d8+4], %r1;",
                {}),
        (Words{7, 0xffffffff, 0, 0}));
    EXPECT_EQ(run_one("mov.b64 %d0, tile; cvta.shared.u64 %d1, %d0; st.b32 [%d1+4], 9; ld.shared.b32 %r0, [tile+4];"
                      "cvta.to.shared.u64 %d2, %d1; ld.shared.b32 %r1, [%d2]; st.global.v2.b32 [%d8], {%r0, %r1};"
                      "isspacep.shared %p0, %d1; selp.b32 %r2, 1, 0, %p0; st.global.b32 [%d8+8], %r2;",
                      {}, ".shared .align 4 .b8 tile[8];\n"),
              (Words{9, 0xffffffff, 1, 0}));
}

TEST(Memory, DynamicSharedLiesBehindStatic) {
    const std::string before = ".shared .align 4 .b32 fixed[3];\n.extern .shared .align 16 .b8 rest[];\n";
    KernelRun run{Words(2), {}, {}, {}, 64, {}, {}};
    run.run(
        kernel_of("mov.b64 %d0, rest; cvt.u32.u64 %r0, %d0; st.shared.b32 [rest+60], 5; ld.shared.b32 %r1, [rest+60];"
                  "st.global.v2.b32 [%d8], {%r0, %r1};",
                  before));
    EXPECT_EQ(run.out, (Words{16, 5}));
}

TEST(Memory, AtomicsAddFromAllThreads) {
    KernelRun run{Words(4), {}, {3}, {64}, 0, {}, {}};
    run.run(
        kernel_of("red.global.add.f32 [%d8], 0f3F800000; atom.global.add.u32 %r0, [%d8+4], 2;"
                  "atom.relaxed.gpu.global.max.s32 _, [%d8+8], %r8; atom.global.cas.b32 %r1, [%d8+12], 0, 7;"));
    EXPECT_EQ(run.out, (Words{0x43400000, 384, 63, 7}));
    EXPECT_EQ(run.counters.atomics, 4U * 192);
}

TEST(Memory, CountersByWidth) {
    KernelRun run{Words(64 * 4), Words(64 * 4), {}, {64}, 0, {}, {}};
    std::iota(run.in.begin(), run.in.end(), 0);
    run.run(
        kernel_of("mul.wide.u32 %d0, %r8, 16; add.s64 %d1, %d7, %d0; add.s64 %d2, %d8, %d0;"
                  "ld.global.nc.v4.f32 {%r0, %r1, %r2, %r3}, [%d1]; bar.sync 0; bar.sync 0;"
                  "st.global.v2.b32 [%d2], {%r0, %r1}; st.global.b32 [%d2+8], %r2;"));
    EXPECT_EQ(run.counters.global_loads, (std::array<std::uint64_t, 5>{0, 0, 0, 0, 64}));
    EXPECT_EQ(run.counters.global_stores, (std::array<std::uint64_t, 5>{0, 0, 64, 64, 0}));
    EXPECT_EQ(run.counters.global_load_bytes, 1024U);
    EXPECT_EQ(run.counters.global_store_bytes, 768U);
    EXPECT_EQ(run.counters.barriers, 2U);
    EXPECT_EQ(run.counters.most_instructions, 12U);
    EXPECT_EQ(run.counters.instructions, 64U * 12);
}

TEST(Control, LoopsAndTables) {
    EXPECT_EQ(result_of("mov.b32 %r9, 0; mov.b32 %r1, 0;\n$L_loop: add.s32 %r9, %r9, %r1; add.s32 %r1, %r1, 1;"
                        "setp.le.s32 %p0, %r1, %r0; @%p0 bra $L_loop; @!%p0 bra.uni $L_end; trap;\n$L_end:",
                        {10}),
              55U);
    const std::string table =
        "$L_t: .branchtargets $L_a, $L_b, $L_c; brx.idx %r0, $L_t;\n$L_a: mov.b32 %r9, 10; bra $L_e;\n"
        "$L_b: mov.b32 %r9, 20; bra $L_e;\n$L_c: mov.b32 %r9, 30;\n$L_e:";
    EXPECT_EQ(result_of(table, {0}), 10U);
    EXPECT_EQ(result_of(table, {2}), 30U);
}

TEST(Control, CallsHaveRegistersOfTheirOwn) {
    const std::string before =
        ".func (.param .b32 result) power(.param .b32 x, .param .b64 n);\n"
        ".func (.param .b32 result) power(.param .b32 x, .param .b64 n)\n{\n.reg .pred %p<2>; .reg .b32 %r<9>; .reg "
        ".b64 %d<9>;"
        ".local .align 4 .b32 kept; ld.param.b32 %r0, [x]; ld.param.b64 %d0, [n]; mov.b32 %r1, 1; st.local.b32 [kept], "
        "%r0;"
        "setp.eq.s64 %p0, %d0, 0; @%p0 bra $done; add.s64 %d0, %d0, -1;\n"
        "{ .param .b32 a; .param .b64 b; .param .b32 r; st.param.b32 [a], %r0; st.param.b64 [b], %d0;\n"
        "call.uni (r), power, (a, b);\nld.param.b32 %r2, [r]; }\n ld.local.b32 %r3, [kept]; mul.lo.s32 %r1, %r2, %r3;\n"
        "$done: st.param.b32 [result], %r1; ret;\n}\n";
    EXPECT_EQ(run_one("{ .param .b32 p0; .param .b64 p1; .param .b32 q; st.param.b32 [p0], 3; st.param.b64 [p1], 4;\n"
                      "call.uni (q), power, (p0, p1); ld.param.b32 %r0, [q]; }\nst.global.b32 [%d8], %r0;",
                      {}, before, 1),
              (Words{81}));
}

TEST(Control, GridAndBlockNumbers) {
    KernelRun run{Words(24), {}, {2, 3, 1}, {2, 2, 1}, 0, {}, {}};
    run.run(
        kernel_of("mov.u32 %r0, %ctaid.y; mov.u32 %r1, %nctaid.x; mov.u32 %r2, %ctaid.x; mad.lo.s32 %r3, %r0, %r1, %r2;"
                  "mov.u32 %r4, %tid.y; mov.u32 %r5, %ntid.x; mad.lo.s32 %r6, %r4, %r5, %r8; shl.b32 %r7, %r3, 2;"
                  "add.s32 %r7, %r7, %r6; mul.wide.u32 %d0, %r7, 4; add.s64 %d0, %d8, %d0; st.global.b32 [%d0], %r7;"));
    Words expected(24);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(run.out, expected);
}

TEST(Parser, RefusesWhatItDoesNotKnow) {
    EXPECT_NE(parse_error_of("wgmma.fence.sync.aligned;").find("'wgmma.fence.sync.aligned' is not known"),
              std::string::npos);
    EXPECT_NE(parse_error_of("\n\nadd.what.s32 %r0, %r1, %r2;").find("line 11"), std::string::npos);
    EXPECT_NE(parse_error_of("add.s32.odd %r0, %r1, %r2;").find("not known"), std::string::npos);
    for (const char *const wrong : {"add.f32 %r0, %r1;",
                                    "add.s32 %r0, %r1, %d2;",
                                    "add.f32 %r0, %r1, 3;",
                                    "mul.s32 %r0, %r1, %r2;",
                                    "ld.global.v4.b64 {%d0, %d1, %d2, %d3}, [%d7];",
                                    "ld.global.v2.b32 %r0, [%d7];",
                                    "bra $nowhere;",
                                    "mov.b32 %r0, %clock;",
                                    "mov.b32 %r0, nothing;",
                                    "cvt.f16.f32 %h0, %r0;",
                                    "cvt.rn.f32.f16 %r0, %h0;",
                                    "cvt.rn.s32.f32 %r0, %r1;",
                                    "shfl.idx.b32 %r0, %r1, 0, 31;",
                                    "setp.ltu.s32 %p0, %r0, %r1;",
                                    "add.s32 %r0, %r1, 1",
                                    "@%r0 add.s32 %r0, %r1, 1;",
                                    "st.const.b32 [%d7], %r0;",
                                    "add.rz.f16 %h0, %h1, %h2;",
                                    "call.uni nowhere, ();",
                                    "vote.ballot.b32 %r0, %p0;",
                                    "tanh.approx.f64 %d0, %d1;",
                                    "sqrt.f32 %r0, %r1;",
                                    "mov.b64 %d0, {%r0, %h0};"}) {
        EXPECT_NE(parse_error_of(wrong), "") << wrong;
    }
    EXPECT_EQ(parse_error_of("add.s32 %r0, %r1, 1;"), "");
}

}  // namespace
}  // namespace axnorm::fake_cuda::test

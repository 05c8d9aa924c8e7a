// Each group of instructions by tables: the instruction, its inputs, and the bits of its result by hand.
#include <gtest/gtest.h>

#include "ptx_harness.h"

namespace axnorm::fake_cuda::test {
namespace {

struct Case {
    const char *body;
    std::initializer_list<std::uint64_t> inputs;
    std::uint64_t expected;
};

void check(std::initializer_list<Case> cases) {
    for (const Case &c : cases) {
        std::string inputs;
        for (const std::uint64_t input : c.inputs) {
            inputs += " " + std::to_string(input);
        }
        EXPECT_EQ(result_of(c.body, c.inputs), c.expected) << c.body << inputs;
    }
}

constexpr std::uint64_t all = ~std::uint64_t{0}, least32 = 0x80000000, least64 = std::uint64_t{1} << 63;
constexpr std::uint64_t minus(std::uint64_t value) {
    return ~value + 1;
}
constexpr std::uint64_t minus32(std::uint64_t value) {
    return minus(value) & 0xffffffff;
}
constexpr std::uint64_t nan32 = 0x7fffffff, one32 = 0x3f800000, infinity32 = 0x7f800000;

TEST(Integers, AddSubtractMultiply) {
    check({{"add.s32 %r9, %r0, %r1;", {7, minus32(9)}, minus32(2)},
           {"add.u32 %r9, %r0, %r1;", {0xffffffff, 2}, 1},
           {"add.s16 %h9, %h0, %h1;", {0xffff, 2}, 1},
           {"add.s64 %d9, %d0, -5;", {3}, minus(2)},
           {"sub.s32 %r9, %r0, %r1;", {3, 5}, minus32(2)},
           {"mul.lo.s32 %r9, %r0, %r1;", {0x10001, 0x10001}, 0x20001},
           {"mul.hi.s32 %r9, %r0, %r1;", {minus32(1), 5}, 0xffffffff},
           {"mul.hi.u32 %r9, %r0, %r1;", {0xffffffff, 0xffffffff}, 0xfffffffe},
           {"mul.hi.u64 %d9, %d0, %d1;", {all, all}, all - 1},
           {"mul.hi.s64 %d9, %d0, %d1;", {minus(1), 3}, all},
           {"mul.wide.s32 %d9, %r0, %r1;", {minus32(3), 5}, minus(15)},
           {"mul.wide.u32 %d9, %r0, %r1;", {0xffffffff, 2}, 0x1fffffffe},
           {"mul.wide.u16 %r9, %h0, %h1;", {0xffff, 0xffff}, 0xfffe0001},
           {"mul.wide.s16 %r9, %h0, %h1;", {0xffff, 2}, minus32(2)},
           {"mad.lo.s32 %r9, %r0, %r1, %r2;", {3, minus32(4), 2}, minus32(10)},
           {"mad.wide.s32 %d9, %r0, %r1, %d2;", {minus32(3), 5, 20}, 5},
           {"mad.hi.u32 %r9, %r0, %r1, %r2;", {0x80000000, 4, 5}, 7}});
}

TEST(Integers, Carries) {
    check({{"add.cc.u32 %r8, %r0, %r1; addc.u32 %r9, 0, 0;", {0xffffffff, 1}, 1},
           {"add.cc.u32 %r8, %r0, %r1; addc.cc.u32 %r9, %r0, %r0; addc.u32 %r9, 0, 0;", {0xffffffff, 1}, 1},
           {"add.cc.u64 %d6, %d0, %d1; addc.u64 %d9, 5, 0;", {1, 1}, 5},
           {"sub.cc.u32 %r8, %r0, %r1; subc.u32 %r9, 5, 0;", {1, 2}, 4},
           {"mad.lo.cc.u32 %r8, %r0, %r0, %r0; madc.hi.u32 %r9, %r0, %r0, 0;", {0xffffffff}, 0xffffffff},
           {"madc.hi.s32 %r9, %r0, 2, 0;", {minus32(1)}, 0xffffffff}});
}

TEST(Integers, DivideAndSigns) {
    check({{"div.s32 %r9, %r0, %r1;", {minus32(7), 2}, minus32(3)},
           {"div.u32 %r9, %r0, %r1;", {7, 2}, 3},
           {"div.s32 %r9, %r0, %r1;", {least32, minus32(1)}, least32},
           {"div.u64 %d9, %d0, %d1;", {all, 0}, all},
           {"rem.s32 %r9, %r0, %r1;", {minus32(7), 2}, minus32(1)},
           {"rem.u32 %r9, %r0, %r1;", {7, 0}, 7},
           {"neg.s32 %r9, %r0;", {5}, minus32(5)},
           {"neg.s64 %d9, %d0;", {least64}, least64},
           {"abs.s32 %r9, %r0;", {minus32(5)}, 5},
           {"min.s32 %r9, %r0, %r1;", {minus32(1), 1}, minus32(1)},
           {"min.u32 %r9, %r0, %r1;", {minus32(1), 1}, 1},
           {"max.s64 %d9, %d0, %d1;", {minus(1), 1}, 1},
           {"max.u16 %h9, %h0, %h1;", {0xffff, 1}, 0xffff}});
}

TEST(Bits, LogicAndShifts) {
    check({{"and.b32 %r9, %r0, 0xF0;", {0xff}, 0xf0},
           {"or.b64 %d9, %d0, %d1;", {1, 2}, 3},
           {"xor.b16 %h9, %h0, %h1;", {0xffff, 0x0f0f}, 0xf0f0},
           {"not.b16 %h9, %h0;", {0x00ff}, 0xff00},
           {"not.pred %p9, %p0;", {0}, 1},
           {"and.pred %p9, %p0, %p1;", {1, 0}, 0},
           {"xor.pred %p9, %p0, %p1;", {1, 0}, 1},
           {"shl.b32 %r9, %r0, %r1;", {1, 31}, least32},
           {"shl.b32 %r9, %r0, 32;", {1}, 0},
           {"shl.b64 %d9, %d0, 40;", {1}, std::uint64_t{1} << 40},
           {"shr.u32 %r9, %r0, 4;", {least32}, 0x08000000},
           {"shr.s32 %r9, %r0, 4;", {least32}, 0xf8000000},
           {"shr.s32 %r9, %r0, 99;", {least32}, 0xffffffff},
           {"shr.u64 %d9, %d0, 64;", {all}, 0},
           {"shr.s16 %h9, %h0, 8;", {0x8000}, 0xff80},
           {"shf.l.wrap.b32 %r9, %r0, %r1, 8;", {0x12345678, 0x9abcdef0}, 0xbcdef012},
           {"shf.r.wrap.b32 %r9, %r0, %r1, 8;", {0x12345678, 0x9abcdef0}, 0xf0123456},
           {"shf.r.clamp.b32 %r9, %r0, %r1, 40;", {0x12345678, 0x9abcdef0}, 0x9abcdef0}});
}

TEST(Bits, FieldsAndCounts) {
    check({{"bfe.u32 %r9, %r0, 8, 4;", {0x12345678}, 6},
           {"bfe.s32 %r9, %r0, 8, 4;", {0x12345f78}, 0xffffffff},
           {"bfe.s32 %r9, %r0, 0, 0;", {0xffffffff}, 0},
           {"bfe.s32 %r9, %r0, 28, 8;", {0x80000000}, 0xfffffff8},
           {"bfe.u64 %d9, %d0, 32, 32;", {0x1234567800000000}, 0x12345678},
           {"bfi.b32 %r9, %r0, %r1, 8, 4;", {0xa, 0x12345678}, 0x12345a78},
           {"prmt.b32 %r9, %r0, %r1, 0x7610;", {0x33221100, 0x77665544}, 0x77661100},
           {"prmt.b32 %r9, %r0, %r1, 0x0008;", {0x80, 0}, 0x808080ff},
           {"prmt.b32 %r9, %r0, 0, 0x3254;", {0xaabbccdd}, 0xaabb0000},
           {"lop3.b32 %r9, %r0, %r1, %r2, 0x96;", {0xf0, 0xcc, 0xaa}, 0xf0 ^ 0xcc ^ 0xaa},
           {"lop3.b32 %r9, %r0, %r1, %r2, 0xE8;", {0xf0, 0xcc, 0xaa}, 0xe8},
           {"popc.b32 %r9, %r0;", {0xf0f0}, 8},
           {"popc.b64 %r9, %d0;", {all}, 64},
           {"clz.b32 %r9, %r0;", {0x0000ffff}, 16},
           {"clz.b64 %r9, %d0;", {0}, 64},
           {"brev.b32 %r9, %r0;", {1}, least32},
           {"bfind.u32 %r9, %r0;", {0x100}, 8},
           {"bfind.s32 %r9, %r0;", {0xffffffff}, 0xffffffff}});
}

TEST(Moves, RegistersAndPacking) {
    check({{"mov.b32 %r9, {%h0, %h1};", {0x1111, 0x2222}, 0x22221111},
           {"mov.b64 %d9, {%r0, %r1};", {1, 2}, 0x200000001},
           {"mov.b64 %d9, {%h0, %h1, %h2, %h3};", {1, 2, 3, 4}, 0x0004000300020001},
           {"mov.b32 {%h9, %h8}, %r0;", {0x22221111}, 0x1111},
           {"mov.b32 {_, %h9}, %r0;", {0x22221111}, 0x2222},
           {"{ .reg .b16 t; mov.b32 {t, %h9}, %r0; }", {0x22221111}, 0x2222},
           {"mov.b64 {%r8, %r9}, %d0;", {0x200000001}, 2},
           {"mov.f32 %r9, 0f3F800000;", {}, one32},
           {"mov.b16 %h9, -1;", {}, 0xffff},
           {"mov.b64 %d9, 0d3FF0000000000000;", {}, bits_of(1.0)},
           {"mov.pred %p9, 1;", {}, 1},
           {"mov.u32 %r9, %ntid.x;", {}, 1},
           {"selp.b32 %r9, %r0, %r1, %p2;", {5, 6, 1}, 5},
           {"selp.f32 %r9, %r0, 0f00000000, %p1;", {one32, 0}, 0},
           {"slct.s32.s32 %r9, %r0, %r1, %r2;", {5, 6, minus32(1)}, 6},
           {"slct.u32.f32 %r9, %r0, %r1, %r2;", {5, 6, least32}, 5}});
}

TEST(Compare, IntegersAndFloats) {
    check({{"setp.lt.s32 %p9, %r0, %r1;", {minus32(1), 1}, 1},
           {"setp.lt.u32 %p9, %r0, %r1;", {minus32(1), 1}, 0},
           {"setp.lo.u32 %p9, %r0, %r1;", {1, 2}, 1},
           {"setp.eq.b16 %p9, %h0, %h1;", {0x10001, 1}, 1},
           {"setp.ge.s64 %p9, %d0, -1;", {minus(1)}, 1},
           {"setp.lt.f32 %p9, %r0, %r1;", {nan32, one32}, 0},
           {"setp.ltu.f32 %p9, %r0, %r1;", {nan32, one32}, 1},
           {"setp.ne.f32 %p9, %r0, %r1;", {nan32, nan32}, 0},
           {"setp.neu.f32 %p9, %r0, %r1;", {nan32, nan32}, 1},
           {"setp.num.f32 %p9, %r0, %r1;", {one32, one32}, 1},
           {"setp.nan.f32 %p9, %r0, %r1;", {one32, nan32}, 1},
           {"setp.eq.f32 %p9, %r0, %r1;", {0, least32}, 1},
           {"setp.gt.ftz.f32 %p9, %r0, 0f00000000;", {1}, 0},
           {"setp.gt.f32 %p9, %r0, 0f00000000;", {1}, 1},
           {"setp.leu.f64 %p9, %d0, %d1;", {bits_of(1.0), bits_of(2.0)}, 1},
           {"setp.lt.f16 %p9, %h0, %h1;", {0x3c00, 0x4000}, 1},
           {"setp.gt.bf16 %p9, %h0, %h1;", {0x3f80, 0x4000}, 0},
           {"setp.lt.f16x2 %p8|%p9, %r0, %r1;", {0x3c004000, 0x40003c00}, 1},
           {"setp.lt.and.s32 %p9, %r0, %r1, %p2;", {1, 2, 0}, 0},
           {"setp.lt.or.s32 %p9, %r0, %r1, !%p2;", {2, 1, 0}, 1},
           {"setp.eq.s32 %p8|%p9, %r0, %r1;", {1, 2}, 1},
           {"set.lt.u32.f32 %r9, %r0, %r1;", {0, one32}, 0xffffffff},
           {"set.lt.f32.s32 %r9, %r0, %r1;", {1, 2}, one32}});
}

TEST(Floats, Arithmetic) {
    check({{"add.f32 %r9, %r0, %r1;", {one32, bits_of(0x1p-24F)}, one32},
           {"add.rp.f32 %r9, %r0, %r1;", {one32, bits_of(0x1p-24F)}, one32 + 1},
           {"add.rz.f32 %r9, %r0, %r1;", {one32, bits_of(-0x1p-30F)}, one32 - 1},
           {"add.rn.f32 %r9, %r0, %r1;", {infinity32, infinity32 | least32}, nan32},
           {"sub.f32 %r9, %r0, %r1;", {one32, one32}, 0},
           {"sub.rm.f32 %r9, %r0, %r1;", {one32, one32}, least32},
           {"mul.f32 %r9, %r0, 0f3F000000;", {1}, 0},
           {"mul.f32 %r9, %r0, 0f3F000000;", {2}, 1},
           {"mul.ftz.f32 %r9, %r0, 0f3F800000;", {2}, 0},
           {"mul.sat.f32 %r9, %r0, 0f40000000;", {one32}, one32},
           {"mul.sat.f32 %r9, %r0, 0f40000000;", {nan32}, 0},
           {"fma.rn.f32 %r9, %r0, %r0, %r1;", {0x3f800001, 0xbf800002}, bits_of(0x1p-46F)},
           {"fma.rn.f64 %d9, %d0, %d1, %d2;", {bits_of(2.0), bits_of(3.0), bits_of(1.0)}, bits_of(7.0)},
           {"mad.rn.f32 %r9, %r0, %r1, %r2;", {one32, one32, one32}, bits_of(2.0F)},
           {"neg.f32 %r9, %r0;", {0}, least32},
           {"abs.f64 %d9, %d0;", {bits_of(-2.0)}, bits_of(2.0)},
           {"min.f32 %r9, %r0, %r1;", {nan32, one32}, one32},
           {"min.NaN.f32 %r9, %r0, %r1;", {nan32, one32}, nan32},
           {"max.f32 %r9, %r0, %r1;", {least32, 0}, 0},
           {"min.f32 %r9, %r0, %r1;", {0, least32}, least32},
           {"div.rn.f32 %r9, %r0, %r1;", {one32, bits_of(3.0F)}, bits_of(1.0F / 3.0F)},
           {"div.rz.f32 %r9, %r0, %r1;", {one32, bits_of(3.0F)}, bits_of(1.0F / 3.0F) - 1},
           {"div.full.f32 %r9, %r0, %r1;", {one32, bits_of(4.0F)}, bits_of(0.25F)},
           {"div.approx.ftz.f32 %r9, %r0, %r1;", {one32, bits_of(4.0F)}, bits_of(0.25F)},
           {"copysign.f32 %r9, %r0, %r1;", {bits_of(-3.0F), one32}, bits_of(-1.0F)}});
}

TEST(Floats, Functions) {
    check({{"sqrt.rn.f32 %r9, %r0;", {bits_of(2.0F)}, 0x3fb504f3},
           {"sqrt.rp.f32 %r9, %r0;", {bits_of(2.0F)}, 0x3fb504f4},
           {"sqrt.rn.f64 %d9, %d0;", {bits_of(4.0)}, bits_of(2.0)},
           {"sqrt.approx.f32 %r9, %r0;", {bits_of(-1.0F)}, nan32},
           {"rsqrt.approx.ftz.f32 %r9, %r0;", {bits_of(4.0F)}, bits_of(0.5F)},
           {"rsqrt.approx.f32 %r9, %r0;", {0}, infinity32},
           {"rsqrt.approx.f64 %d9, %d0;", {bits_of(4.0)}, bits_of(0.5)},
           {"rcp.rn.f32 %r9, %r0;", {bits_of(3.0F)}, bits_of(1.0F / 3.0F)},
           {"rcp.approx.ftz.f32 %r9, %r0;", {1}, infinity32},
           {"rcp.rn.f64 %d9, %d0;", {bits_of(4.0)}, bits_of(0.25)},
           {"ex2.approx.f32 %r9, %r0;", {bits_of(-3.0F)}, bits_of(0.125F)},
           {"ex2.approx.f16 %h9, %h0;", {0x4000}, 0x4400},
           {"lg2.approx.f32 %r9, %r0;", {bits_of(8.0F)}, bits_of(3.0F)},
           {"tanh.approx.f32 %r9, %r0;", {0}, 0},
           {"testp.infinite.f32 %p9, %r0;", {infinity32}, 1}});
}

TEST(Halves, Arithmetic) {
    // 1 + 2^-11 is halfway, and goes to the even 1; with the product kept whole it is above.
    check({{"add.f16 %h9, %h0, %h1;", {0x3c00, 0x1000}, 0x3c00},
           {"add.rn.f16 %h9, %h0, %h1;", {0x3c01, 0x1000}, 0x3c02},
           {"sub.f16 %h9, %h0, %h1;", {0x3c00, 0x3c00}, 0},
           {"mul.f16 %h9, %h0, %h1;", {0x4000, 0x3800}, 0x3c00},
           {"mul.f16 %h9, %h0, %h1;", {0x7bff, 0x4000}, 0x7c00},
           {"fma.rn.f16 %h9, %h0, %h0, %h1;", {0x3c01, 0xbc02}, 0x0010},
           {"fma.rn.f16 %h9, %h0, %h1, %h2;", {0x0001, 0x0001, 0x3c00}, 0x3c00},
           {"fma.rn.bf16 %h9, %h0, %h1, %h2;", {0x3f80, 0x3f80, 0x3f80}, 0x4000},
           {"add.f16x2 %r9, %r0, %r1;", {0x3c004000, 0x3c003c00}, 0x40004200},
           {"fma.rn.f16x2 %r9, %r0, %r1, %r2;", {0x40003c00, 0x40003c00, 0x3c003c00}, 0x45004000},
           {"neg.f16 %h9, %h0;", {0x3c00}, 0xbc00},
           {"neg.f16x2 %r9, %r0;", {0x3c00bc00}, 0xbc003c00},
           {"abs.bf16 %h9, %h0;", {0xbf80}, 0x3f80},
           {"min.f16 %h9, %h0, %h1;", {0x7e00, 0x3c00}, 0x3c00},
           {"max.NaN.f16 %h9, %h0, %h1;", {0x7e00, 0x3c00}, 0x7fff},
           {"max.bf16x2 %r9, %r0, %r1;", {0x3f80bf80, 0x40000000}, 0x40000000}});
}

TEST(Convert, BetweenIntegers) {
    check({{"cvt.u32.u16 %r9, %h0;", {0xffff}, 0xffff},
           {"cvt.s32.s16 %r9, %h0;", {0xffff}, 0xffffffff},
           {"cvt.s64.s32 %d9, %r0;", {minus32(2)}, minus(2)},
           {"cvt.u64.u32 %d9, %r0;", {minus32(2)}, minus32(2)},
           {"cvt.u32.u64 %r9, %d0;", {0x1234567890}, 0x34567890},
           {"cvt.u16.u32 %h9, %r0;", {0x12345678}, 0x5678},
           {"cvt.s8.s32 %r9, %r0;", {0x80}, 0xffffff80},
           {"cvt.u8.u32 %r9, %r0;", {0x1ff}, 0xff},
           {"cvt.sat.s8.s32 %r9, %r0;", {1000}, 127},
           {"cvt.sat.u8.s32 %r9, %r0;", {minus32(5)}, 0},
           {"cvt.sat.u16.u32 %h9, %r0;", {70000}, 0xffff}});
}

TEST(Convert, FloatsToIntegers) {
    check({{"cvt.rni.s32.f32 %r9, %r0;", {bits_of(2.5F)}, 2},
           {"cvt.rzi.s32.f32 %r9, %r0;", {bits_of(-2.7F)}, minus32(2)},
           {"cvt.rmi.s32.f32 %r9, %r0;", {bits_of(-2.2F)}, minus32(3)},
           {"cvt.rpi.s32.f32 %r9, %r0;", {bits_of(2.2F)}, 3},
           {"cvt.rzi.s32.f32 %r9, %r0;", {bits_of(1e20F)}, 0x7fffffff},
           {"cvt.rzi.u32.f32 %r9, %r0;", {bits_of(-1.0F)}, 0},
           {"cvt.rzi.s32.f32 %r9, %r0;", {nan32}, 0},
           {"cvt.rzi.u64.f64 %d9, %d0;", {bits_of(0x1p63)}, least64},
           {"cvt.rzi.s64.f64 %d9, %d0;", {bits_of(-3.0)}, minus(3)},
           {"cvt.rzi.u16.f16 %h9, %h0;", {0x4900}, 10}});
}

TEST(Convert, ToFloats) {
    check({{"cvt.rn.f32.s32 %r9, %r0;", {minus32(3)}, bits_of(-3.0F)},
           {"cvt.rn.f32.u32 %r9, %r0;", {0xffffffff}, bits_of(0x1p32F)},
           {"cvt.rz.f32.u32 %r9, %r0;", {0xffffffff}, bits_of(0x1p32F) - 1},
           {"cvt.rn.f64.s64 %d9, %d0;", {minus(7)}, bits_of(-7.0)},
           {"cvt.rn.f32.u64 %r9, %d0;", {(std::uint64_t{1} << 40) + (1 << 16) + 1}, bits_of(0x1p40F) + 1},
           {"cvt.rn.f16.s32 %h9, %r0;", {100000}, 0x7c00},
           {"cvt.rz.f16.s32 %h9, %r0;", {100000}, 0x7bff},
           {"cvt.rn.f32.f64 %r9, %d0;", {bits_of(0.1)}, bits_of(0.1F)},
           {"cvt.f64.f32 %d9, %r0;", {bits_of(0.5F)}, bits_of(0.5)},
           {"cvt.f32.f16 %r9, %h0;", {0x0001}, bits_of(0x1p-24F)},
           {"cvt.f32.f16 %r9, %h0;", {0xfc00}, infinity32 | least32},
           {"cvt.f32.bf16 %r9, %h0;", {0x3f80}, one32},
           {"cvt.rn.f16.f32 %h9, %r0;", {bits_of(65519.99F)}, 0x7bff},
           {"cvt.rn.f16.f32 %h9, %r0;", {bits_of(65520.0F)}, 0x7c00},
           {"cvt.rn.f16.f32 %h9, %r0;", {bits_of(0x1p-25F)}, 0},
           {"cvt.rn.f16.f32 %h9, %r0;", {bits_of(0x1p-25F) + 1}, 1},
           {"cvt.rn.f16.f32 %h9, %r0;", {nan32}, 0x7fff},
           {"cvt.rn.f16.f64 %h9, %d0;", {bits_of(1.0 + 0x1p-11 + 0x1p-40)}, 0x3c01},
           {"cvt.rn.bf16.f32 %h9, %r0;", {0x3f808000}, 0x3f80},
           {"cvt.rn.bf16.f32 %h9, %r0;", {0x3f818000}, 0x3f82},
           {"cvt.rz.bf16.f32 %h9, %r0;", {0x3f81ffff}, 0x3f81},
           {"cvt.rn.f16x2.f32 %r9, %r0, %r1;", {one32, bits_of(2.0F)}, 0x3c004000},
           {"cvt.rn.bf16x2.f32 %r9, %r0, %r1;", {one32, bits_of(2.0F)}, 0x3f804000},
           {"cvt.rn.relu.f16.f32 %h9, %r0;", {bits_of(-1.0F)}, 0},
           {"cvt.rni.f32.f32 %r9, %r0;", {bits_of(2.5F)}, bits_of(2.0F)},
           {"cvt.rpi.f64.f64 %d9, %d0;", {bits_of(2.1)}, bits_of(3.0)},
           {"cvt.sat.f32.f32 %r9, %r0;", {bits_of(1.5F)}, one32},
           {"cvt.ftz.f32.f32 %r9, %r0;", {1}, 0}});
}

}  // namespace
}  // namespace axnorm::fake_cuda::test

// What the threads of a warp and of a block do together, and what is found to be wrong in it.
#include <gtest/gtest.h>

#include "ptx_harness.h"

namespace axnorm::fake_cuda::test {
namespace {

using Words = std::vector<std::uint32_t>;
using Kind = ptx::Fault::Kind;

template <class Function>
Words lanes(std::uint32_t count, Function value) {
    Words result(count);
    for (std::uint32_t k = 0; k < count; ++k) {
        result[k] = static_cast<std::uint32_t>(value(k));
    }
    return result;
}

TEST(Warp, ShufflesOfEachMode) {
    EXPECT_EQ(run_threads("shfl.sync.idx.b32 %r9, %r8, 5, 31, -1;", 64),
              lanes(64, [](auto k) { return k / 32 * 32 + 5; }));
    EXPECT_EQ(run_threads("shfl.sync.bfly.b32 %r9, %r8, 16, 31, -1;", 32), lanes(32, [](auto k) { return k ^ 16; }));
    EXPECT_EQ(run_threads("shfl.sync.down.b32 %r9, %r8, 3, 31, -1;", 32),
              lanes(32, [](auto k) { return k + 3 < 32 ? k + 3 : k; }));
    EXPECT_EQ(run_threads("shfl.sync.up.b32 %r9, %r8, 3, 0, -1;", 32),
              lanes(32, [](auto k) { return k >= 3 ? k - 3 : k; }));
    // Segments of eight lanes.
    EXPECT_EQ(run_threads("shfl.sync.idx.b32 %r9, %r8, 2, 0x181F, -1;", 32),
              lanes(32, [](auto k) { return k / 8 * 8 + 2; }));
    EXPECT_EQ(run_threads("shfl.sync.down.b32 %r9, %r8, 1, 0x181F, -1;", 32),
              lanes(32, [](auto k) { return k % 8 < 7 ? k + 1 : k; }));
    EXPECT_EQ(run_threads("shfl.sync.down.b32 %r7|%p1, %r8, 1, 0x181F, -1; selp.b32 %r9, 1, 0, %p1;", 32),
              lanes(32, [](auto k) { return k % 8 < 7; }));
}

TEST(Warp, SumOfAllLanes) {
    std::string body = "mov.b32 %r9, %r8;\n";
    for (const char *const distance : {"16", "8", "4", "2", "1"}) {
        body += std::string("shfl.sync.bfly.b32 %r1, %r9, ") + distance + ", 31, -1; add.s32 %r9, %r9, %r1;\n";
    }
    EXPECT_EQ(run_threads(body, 32), Words(32, 496));
}

// Lanes of a part of the warp, the others elsewhere meanwhile.
TEST(Warp, PartsOfAWarpGoTheirWays) {
    EXPECT_EQ(
        run_threads("setp.lt.u32 %p0, %r8, 2; @%p0 bra $two; shfl.sync.idx.b32 %r9, %r8, 7, 31, 0xFFFFFFFC; bra $end;\n"
                    "$two: xor.b32 %r1, %r8, 1; shfl.sync.idx.b32 %r9, %r8, %r1, 31, 3;\n$end:",
                    32),
        lanes(32, [](auto k) { return k < 2 ? k ^ 1 : 7; }));
    EXPECT_EQ(run_threads("shfl.sync.idx.b32 %r9, %r8, 3, 31, -1;", 8), Words(8, 3));  // a warp of eight threads
}

TEST(Warp, VotesMatchesAndReductions) {
    EXPECT_EQ(run_threads("setp.lt.u32 %p0, %r8, 4; vote.sync.ballot.b32 %r9, %p0, -1;", 32), Words(32, 15));
    EXPECT_EQ(run_threads("setp.lt.u32 %p0, %r8, 4; vote.sync.any.pred %p1, !%p0, -1; selp.b32 %r9, 1, 0, %p1;", 32),
              Words(32, 1));
    EXPECT_EQ(run_threads("setp.lt.u32 %p0, %r8, 4; vote.sync.all.pred %p1, %p0, -1; selp.b32 %r9, 1, 0, %p1;", 32),
              Words(32, 0));
    EXPECT_EQ(run_threads("shr.u32 %r1, %r8, 4; match.any.sync.b32 %r9, %r1, -1;", 32),
              lanes(32, [](auto k) { return k < 16 ? 0xffffU : 0xffff0000U; }));
    EXPECT_EQ(run_threads("redux.sync.add.u32 %r9, %r8, -1;", 32), Words(32, 496));
    EXPECT_EQ(run_threads("redux.sync.max.s32 %r9, %r8, -1;", 32), Words(32, 31));
    EXPECT_EQ(run_threads("activemask.b32 %r9;", 40), lanes(40, [](auto k) { return k < 32 ? 0xffffffffU : 0xffU; }));
    EXPECT_EQ(run_threads("mov.u32 %r9, %lanemask_lt;", 32),
              lanes(32, [](auto k) { return (std::uint64_t{1} << k) - 1; }));
}

const char *const tile = ".shared .align 4 .b8 tile[1024];\n";
const char *const own_word = "mul.wide.u32 %d0, %r8, 4; mov.b64 %d1, tile; add.s64 %d1, %d1, %d0;\n";

TEST(Block, BarriersOrderSharedMemory) {
    const std::string reverse =
        "mov.b32 %r1, 63; sub.s32 %r1, %r1, %r8; mul.wide.u32 %d2, %r1, 4; mov.b64 %d3, tile;"
        "add.s64 %d2, %d3, %d2; ld.shared.b32 %r9, [%d2];";
    const std::string store = std::string(own_word) + "st.shared.b32 [%d1], %r8;";
    for (const char *const barrier : {"bar.sync 0;", "barrier.sync 0;", "barrier.cta.sync.aligned 3, 64;"}) {
        EXPECT_EQ(run_threads(store + barrier + reverse, 64, tile), lanes(64, [](auto k) { return 63 - k; }));
    }
    const Failure none = fault_of(store + reverse, 64, tile);
    EXPECT_EQ(none.kind, Kind::race) << none.what;
    EXPECT_NE(none.what.find("race in shared memory"), std::string::npos) << none.what;
    EXPECT_EQ(fault_of(store + reverse, 64, tile, {.races = false}).what, "");
}

TEST(Block, RacesOfEachKind) {
    EXPECT_EQ(fault_of("st.shared.b32 [tile], %r8;", 64, tile).kind, Kind::race);  // two writers
    EXPECT_EQ(fault_of("st.shared.b32 [tile], 5;", 64, tile).what, "");            // of the same value
    EXPECT_EQ(fault_of("ld.shared.b32 %r0, [tile];", 64, tile).what, "");          // readers alone
    EXPECT_EQ(fault_of("red.shared.add.u32 [tile], 1;", 64, tile).what, "");       // atomics alone
    EXPECT_EQ(fault_of("red.shared.add.u32 [tile], 1; ld.shared.b32 %r0, [tile];", 64, tile).kind, Kind::race);
    // Read by all, then written by one.
    EXPECT_EQ(
        fault_of("ld.shared.b32 %r0, [tile]; setp.eq.u32 %p0, %r8, 63; @%p0 st.shared.b32 [tile], 1;", 64, tile).kind,
        Kind::race);
    EXPECT_EQ(fault_of("ld.shared.b32 %r0, [tile]; bar.sync 0; setp.eq.u32 %p0, %r8, 63; @%p0 st.shared.b32 [tile], 1;",
                       64, tile)
                  .what,
              "");
    // Neighbours of 16 bits in one word.
    EXPECT_EQ(fault_of("mul.wide.u32 %d0, %r8, 2; mov.b64 %d1, tile; add.s64 %d1, %d1, %d0; cvt.u16.u32 %h0, %r8; "
                       "st.shared.b16 [%d1], %h0;",
                       64, tile)
                  .what,
              "");
}

TEST(Block, WithinAWarpItsBarrierIsEnough) {
    const std::string store = std::string(own_word) + "st.shared.b32 [%d1], %r8;";
    const std::string read =
        "xor.b32 %r1, %r8, 1; mul.wide.u32 %d0, %r1, 4; mov.b64 %d1, tile; add.s64 %d1, %d1, %d0; ld.shared.b32 %r9, "
        "[%d1];";
    EXPECT_EQ(run_threads(store + "bar.warp.sync -1;" + read, 64, tile), lanes(64, [](auto k) { return k ^ 1; }));
    EXPECT_EQ(fault_of(store + read, 32, tile).kind, Kind::race);
}

void expect_fault(const std::string &body, std::uint32_t threads, Kind kind, const char *words,
                  const std::string &before = "") {
    const Failure failure = fault_of(body, threads, before);
    EXPECT_EQ(failure.kind, kind) << body << "\n" << failure.what;
    EXPECT_NE(failure.what.find(words), std::string::npos) << body << "\n" << failure.what;
}

TEST(Faults, Warps) {
    expect_fault("setp.eq.u32 %p0, %r8, 9; @%p0 ret; shfl.sync.idx.b32 %r9, %r8, 0, 31, -1;", 32, Kind::deadlock,
                 "lane 9 of the mask has exited");
    expect_fault(
        "setp.eq.u32 %p0, %r8, 9; @%p0 bra $b; shfl.sync.idx.b32 %r9, %r8, 0, 31, -1; bra $e;\n$b: bar.warp.sync "
        "-1;\n$e:",
        32, Kind::deadlock, "waits for ever");
    expect_fault("setp.lt.u32 %p0, %r8, 16; @!%p0 bra $e; shfl.sync.idx.b32 %r9, %r8, 20, 31, 0xFFFF;\n$e:", 32,
                 Kind::illegal_instruction, "reads lane 20, which takes no part");
    expect_fault("shfl.sync.idx.b32 %r9, %r8, 12, 31, -1;", 8, Kind::illegal_instruction, "reads lane 12");
    expect_fault("shfl.sync.idx.b32 %r9, %r8, 0, 31, 0xFFFF;", 32, Kind::illegal_instruction,
                 "its lane is not in the mask");
    EXPECT_EQ(fault_of("setp.eq.u32 %p0, %r8, 9; @%p0 ret; shfl.sync.idx.b32 %r9, %r8, 0, 31, -1;", 32, "",
                       {.exited_members = false})
                  .what,
              "");
    EXPECT_NE(fault_of("setp.eq.u32 %p0, %r8, 9; @%p0 ret; shfl.sync.idx.b32 %r9, %r8, 9, 31, -1;", 32, "",
                       {.exited_members = false})
                  .what,
              "");
}

TEST(Faults, Barriers) {
    expect_fault("setp.eq.u32 %p0, %r8, 40; @%p0 ret; bar.sync 0;", 64, Kind::deadlock,
                 "barrier of the block; 1 threads have exited");
    expect_fault("setp.lt.u32 %p0, %r8, 16; @%p0 bra $b; bar.sync 0; bra $e;\n$b: bar.sync 0;\n$e:", 32, Kind::deadlock,
                 "others of it do not reach");
    EXPECT_EQ(fault_of("setp.lt.u32 %p0, %r8, 32; @%p0 bra $b; bar.sync 0; bra $e;\n$b: bar.sync 0;\n$e:", 64).what,
              "");
    expect_fault("bar.sync 16;", 32, Kind::illegal_instruction, "no barrier 16");
}

TEST(Faults, Memory) {
    expect_fault("ld.global.v4.b32 {%r0, %r1, %r2, %r3}, [%d8+8];", 16, Kind::misaligned_address,
                 "no multiple of the 16 bytes");
    expect_fault("ld.global.b32 %r0, [%d8+64];", 16, Kind::illegal_address, "outside every allocation");
    expect_fault("ld.global.b32 %r0, [%d8+-4];", 16, Kind::illegal_address, "outside every allocation");
    expect_fault("mov.b64 %d0, 0; ld.global.b32 %r0, [%d0];", 1, Kind::illegal_address, "4 bytes at 0x0");
    expect_fault("st.shared.b32 [tile+1024], 0;", 1, Kind::illegal_address, "1024 bytes of shared memory", tile);
    expect_fault("mov.b64 %d0, 0; st.shared.b32 [%d0], 0;", 1, Kind::illegal_address, "0 bytes of shared memory");
    expect_fault("st.global.b32 [fixed], 0;", 1, Kind::illegal_address, "constant memory",
                 ".const .align 4 .b32 fixed = 5;\n");
    expect_fault("\n\ntrap;", 1, Kind::trap, "kernel k, block (0, 0, 0), thread (0, 0, 0), line 11: a trap");
    EXPECT_EQ(fault_of("$l: bra $l;", 1, "", {.steps_per_thread = 1000}).kind, Kind::endless);
}

TEST(Block, SharedMemoryBeginsAsNaN) {
    EXPECT_EQ(run_threads("ld.shared.b32 %r9, [tile+8];", 2, tile), Words(2, 0xffffffff));
}

}  // namespace
}  // namespace axnorm::fake_cuda::test

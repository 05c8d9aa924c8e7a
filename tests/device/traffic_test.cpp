// What kernels for CUDA read, write and execute, as the stand-in driver counts it: every element once, where a group
// stays on the chip, by 128 bits, in few instructions. A GPU's driver counts nothing: there the tests skip.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "../cuda/driver/fake_cuda.h"
#include "../cuda/recorder.h"
#include "backend.h"

namespace axnorm::test {
namespace {

FakeCudaLaunch last_launch() {
    static void *const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    auto *last = reinterpret_cast<decltype(fake_cuda_last_launch) *>(dlsym(library, "fake_cuda_last_launch"));
    FakeCudaLaunch launch{};
    EXPECT_EQ(last(&launch), 1);
    return launch;
}

struct Rows {
    std::int64_t count, length;
    DType dtype;
    Statistic statistic = Statistic::mean_var;
    bool params = false;

    FakeCudaLaunch run() const {
        Tensor x({count, length}, {}, dtype), y({count, length}, {}, dtype), scale({length}, {}, dtype);
        x.fill(normal(x.count(), 1, 2, 5, dtype));
        scale.fill(normal(length, 1, 0.5, 6, dtype));
        OnDevice memory;
        Options options{.statistic = statistic};
        if (params) {
            options.scale = memory.view(scale);
            options.shift = memory.view(scale);
        }
        normalize("b c -> b", "c", memory.view(x), memory.out(y), options);
        return last_launch();
    }
    std::uint64_t bytes() const { return static_cast<std::uint64_t>(count * length * size_of(dtype)); }
    double instructions_per_element(const FakeCudaLaunch &launch) const {
        return static_cast<double>(launch.instructions) / static_cast<double>(count * length);
    }
};

// Of widths 1, 2, 4, 8 and 16.
std::uint64_t narrow(const std::uint64_t (&accesses)[5]) {
    return accesses[0] + accesses[1] + accesses[2] + accesses[3];
}

class DeviceTraffic : public testing::Test {
  protected:
    void SetUp() override {
        if (!is_stand_in()) {
            GTEST_SKIP() << "only the stand-in driver counts";
        }
    }
};

std::vector<Rows> held_rows() {
    std::vector<Rows> all;
    for (const Statistic statistic : {Statistic::mean_var, Statistic::rms}) {
        for (const std::int64_t length : {128, 256, 1024, 2048, 4096, 8192, 16384}) {
            const std::int64_t count = length > 256 ? 16 : 64;  // of whole blocks
            all.push_back({count, length, DType::float32, statistic});
            all.push_back({count, length, DType::bfloat16, statistic});
        }
        all.push_back({4, 32768, DType::float16, statistic});
        all.push_back({2, 25088, DType::float32, statistic});  // a group of 32x256x56x56 in 32 of 8 channels
        all.push_back({2, 53248, DType::bfloat16, statistic});
    }
    return all;
}

TEST_F(DeviceTraffic, RowsOnTheChipAreReadOnce) {
    for (Rows rows : held_rows()) {
        SCOPED_TRACE(std::to_string(rows.length) + " of " + name_of(rows.dtype) + ", " + name_of(rows.statistic));
        const FakeCudaLaunch launch = rows.run();
        EXPECT_EQ(launch.global_load_bytes, rows.bytes());
        EXPECT_EQ(launch.global_store_bytes, rows.bytes());
        EXPECT_EQ(narrow(launch.global_loads) + narrow(launch.global_stores), 0U);
        EXPECT_LE(launch.barriers_per_block, 3U);
        rows.params = true;
        EXPECT_EQ(rows.run().global_load_bytes, 3 * rows.bytes());  // scale and shift come from the caches
    }
}

TEST_F(DeviceTraffic, LongerRowsAreReadTwice) {
    for (const Rows &rows : {Rows{2, 40000, DType::float32}, Rows{2, 65536, DType::bfloat16}}) {
        const FakeCudaLaunch launch = rows.run();
        EXPECT_EQ(launch.global_load_bytes, 2 * rows.bytes());
        EXPECT_EQ(launch.global_store_bytes, rows.bytes());
        EXPECT_EQ(narrow(launch.global_loads) + narrow(launch.global_stores), 0U);
    }
}

// As with compute capabilities 8.6, 8.0 and 9.0. Of another number of rows each: the plans of earlier calls are kept.
TEST_F(DeviceTraffic, RowsOfAHundredKilobytesAreReadOnceWhereThereIsRoom) {
    struct {
        int shared_bytes;
        std::uint64_t reads;
    } const devices[] = {{101376, 2}, {166912, 1}, {232448, 1}};
    std::int64_t count = 3;
    for (const auto &device : devices) {
        const SharedLimit limit(0, device.shared_bytes);
        const Rows rows{count++, 25088, DType::float32};
        EXPECT_EQ(rows.run().global_load_bytes, device.reads * rows.bytes()) << device.shared_bytes;
    }
}

// On an H100, where they have 228 KB, each with 1 KB for the driver.
TEST_F(DeviceTraffic, TwoBlocksOfTheLongestRowsFit) {
    for (const Rows &rows : {Rows{2, 26624, DType::float32}, Rows{2, 53248, DType::float16}}) {
        EXPECT_LE(2 * (rows.run().shared_bytes + 1024), 228 * 1024U);
    }
}

// Of rows of 1024 elements and more: what this test prints for those that take the most, and three per cent.
double most_instructions(DType dtype, Statistic statistic) {
    const bool is_rms = statistic == Statistic::rms;
    switch (dtype) {
        case DType::float32: return is_rms ? 21.5 : 33.4;
        case DType::float16: return is_rms ? 19.9 : 29.3;
        default: return is_rms ? 36.1 : 48.0;
    }
}

// PTX has moves and packing that ptxas drops, so that these are bounds from above. An H200 has time for about 50
// instructions an element of float32 at full bandwidth, and 25 of 16 bits: 132 multiprocessors of 4 warps' instructions
// a clock at 1.8 GHz, for 4.8 TB/s. Of 16 bits there are more; what is tested is that they do not become more.
TEST_F(DeviceTraffic, InstructionsAnElement) {
    for (Rows rows : held_rows()) {
        rows.params = true;
        const double spent = rows.instructions_per_element(rows.run());
        std::printf("%6lld %-8s %-8s %5.1f instructions an element\n", static_cast<long long>(rows.length),
                    name_of(rows.dtype), name_of(rows.statistic), spent);
        if (rows.length >= 1024) {
            EXPECT_LT(spent, most_instructions(rows.dtype, rows.statistic));
        }
    }
}

}  // namespace
}  // namespace axnorm::test

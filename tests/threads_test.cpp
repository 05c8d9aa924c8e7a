// The threads of calls: how many there are, when they rest, and what the process may have.
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "axnorm/axnorm.h"
#include "runtime/cpu/streaming.h"
#include "runtime/system/available_cpus.h"
#include "runtime/system/thread_pool.h"
#include "runtime/system/workers.h"
#include "sanitizers.h"

namespace axnorm::test {
namespace {

using namespace std::chrono_literals;

// Tasks that take a while, so that each thread gets some, and tell by whom they are run.
struct Tasks {
    explicit Tasks(int number, std::chrono::microseconds each = 500us)
        : count(number), times(each), runs(static_cast<std::size_t>(number)) {}

    static void run(void *data, int index) {
        auto &tasks = *static_cast<Tasks *>(data);
        ++tasks.runs[static_cast<std::size_t>(index)];
        {
            const std::lock_guard lock(tasks.mutex);
            tasks.threads.insert(std::this_thread::get_id());
        }
        std::this_thread::sleep_for(tasks.times);
    }

    void run_on(int most) { run_on_workers(count, most, run, this); }

    void expect_once_each() const {
        for (const std::atomic<int> &times_run : runs) {
            EXPECT_EQ(times_run, 1);
        }
    }

    int count;
    std::chrono::microseconds times;
    std::vector<std::atomic<int>> runs;
    std::mutex mutex;
    std::set<std::thread::id> threads;
};

TEST(Threads, AreAsManyAsAskedFor) {
    // Those of earlier calls are there, and stay out of later ones.
    for (const int most : {8, 2, 1, 3, 8}) {
        SCOPED_TRACE(most);
        Tasks tasks(40);
        tasks.run_on(most);
        tasks.expect_once_each();
        tasks.threads.insert(std::this_thread::get_id());  // it counts, though it may come late while it starts others
        EXPECT_LE(tasks.threads.size(), static_cast<std::size_t>(most));
        EXPECT_GT(tasks.threads.size(), most > 1 ? 1u : 0u);
    }
}

TEST(Threads, AreNoMoreThanTasks) {
    Tasks tasks(3, 5ms);
    tasks.run_on(INT_MAX);
    tasks.expect_once_each();
    EXPECT_LE(tasks.threads.size(), 3u);
    Tasks none(0);
    none.run_on(4);
    EXPECT_TRUE(none.threads.empty());
}

TEST(Threads, OfCallsAtOnceKeepTheirLimits) {
    std::vector<std::thread> callers;
    for (int most = 1; most <= 4; ++most) {
        callers.emplace_back([most] {
            for (int i = 0; i < 20; ++i) {
                Tasks tasks(20, 50us);
                tasks.run_on(most);
                tasks.expect_once_each();
                EXPECT_LE(tasks.threads.size(), static_cast<std::size_t>(most));
            }
        });
    }
    for (std::thread &caller : callers) {
        caller.join();
    }
}

TEST(Threads, OfCallsInsideOfOthers) {
    std::atomic<int> inner{0};
    const auto task = [](void *data, int) {
        Tasks tasks(10, 20us);
        tasks.run_on(3);
        tasks.expect_once_each();
        EXPECT_LE(tasks.threads.size(), 3u);
        ++*static_cast<std::atomic<int> *>(data);
    };
    run_on_workers(50, 3, task, &inner);
    EXPECT_EQ(inner, 50);
}

// Calls that are so short that threads come late, or not at all.
TEST(Threads, OfShortCalls) {
    for (int i = 0; i < 20000; ++i) {
        std::atomic<int> runs{0};
        run_on_workers(
            1 + i % 7, 1 + i % 5, [](void *data, int) { ++*static_cast<std::atomic<int> *>(data); }, &runs);
        ASSERT_EQ(runs, 1 + i % 7);
    }
}

TEST(Threads, SleepWhereNobodyCalls) {
    Tasks(40).run_on(8);
    std::this_thread::sleep_for(20ms);
    const std::clock_t before = std::clock();  // of all threads
    std::this_thread::sleep_for(200ms);
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 20);
}

double seconds_of_calls(int threads) {
    const std::vector<float> x(81920, 1);
    std::vector<float> y(x.size());
    double best = 1;
    for (int i = 0; i < 30; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        for (int j = 0; j < 10; ++j) {
            normalize<"b c -> b">({x.data(), {1, 81920}}, {y.data(), {1, 81920}}, {.parallel = {.threads = threads}});
        }
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    EXPECT_EQ(y.back(), 0);
    return best;
}

// As slow as with a task an element, which took 50 times as long, it is not: the machine may be busy.
TEST(Threads, AnyNumberIsAllowed) {
    const double usual = seconds_of_calls(0);
    EXPECT_LT(seconds_of_calls(INT_MAX), 5 * usual);
    EXPECT_LE(threads_of({.threads = INT_MAX}), std::max(8, static_cast<int>(std::thread::hardware_concurrency())));
    EXPECT_EQ(threads_of({.threads = 2}), 2);
}

struct SerialPool : ThreadPool {
    void run(int count, void (*task)(void *context, int index), void *context) override {
        most = std::max(most, count);
        for (int i = 0; i < count; ++i) {
            task(context, i);
        }
    }
    int most = 0;
};

TEST(Threads, AnyNumberIsAllowedOfAPool) {
    SerialPool pool;
    const std::vector<float> x(1 << 20, 1);
    for (const Extents &shape : {Extents{1, 1 << 20}, Extents{1 << 20, 1}, Extents{1024, 1024}}) {
        std::vector<float> y(x.size());
        normalize<"b c -> b">({x.data(), shape}, {y.data(), shape}, {.parallel = {.threads = INT_MAX, .pool = &pool}});
        EXPECT_EQ(y.back(), 0);
    }
    EXPECT_GT(pool.most, 1);
    EXPECT_LE(pool.most, 1 << 16);
}

TEST(AvailableCpus, FollowTheAffinityMask) {
    std::thread([] {
        cpu_set_t all, one;
        ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
        EXPECT_LE(available_cpus(), CPU_COUNT(&all));
        CPU_ZERO(&one);
        int cpu = 0;
        while (!CPU_ISSET(cpu, &all)) {
            ++cpu;
        }
        CPU_SET(cpu, &one);
        ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
        EXPECT_EQ(available_cpus(), 1);
    }).join();
}

// Files as the system has them, in a folder of their own.
class Quota : public testing::Test {
  protected:
    void SetUp() override {
        const char *name = testing::UnitTest::GetInstance()->current_test_info()->name();
        root_ = std::filesystem::path(testing::TempDir()) / ("axnorm_quota_" + std::string(name));
        std::filesystem::remove_all(root_);
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void write(const std::string &file, const std::string &text) const {
        const std::filesystem::path path = root_ / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    int cores() const { return cpu_quota(root_.string()); }

  private:
    std::filesystem::path root_;
};

TEST_F(Quota, IsNoneWithoutFiles) {
    EXPECT_EQ(cores(), 0);
    write("proc/self/cgroup", "0::/\n");
    EXPECT_EQ(cores(), 0);
    write("proc/self/cgroup", "nonsense\n\n4:cpu\n");
    EXPECT_EQ(cores(), 0);
}

TEST_F(Quota, OfVersion2) {
    write("proc/self/cgroup", "0::/jobs/mine\n");
    write("sys/fs/cgroup/jobs/mine/cpu.max", "max 100000\n");
    EXPECT_EQ(cores(), 0);
    for (const auto &[quota, expected] : {std::pair("100000", 1), {"100001", 2}, {"1000", 1}, {"350000", 4}}) {
        write("sys/fs/cgroup/jobs/mine/cpu.max", quota + std::string(" 100000\n"));
        EXPECT_EQ(cores(), expected) << quota;
    }
    // Of a group that this one is in, which is less.
    write("sys/fs/cgroup/jobs/cpu.max", "150000 100000\n");
    EXPECT_EQ(cores(), 2);
    write("sys/fs/cgroup/jobs/cpu.max", "900000 100000\n");
    EXPECT_EQ(cores(), 4);
}

TEST_F(Quota, OfVersion2InAContainer) {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/cpu.max", "200000 100000\n");
    EXPECT_EQ(cores(), 2);
}

TEST_F(Quota, OfVersion1) {
    write("proc/self/cgroup", "5:cpuset:/other\n4:cpu,cpuacct:/mine\n0::/\n");
    write("sys/fs/cgroup/cpu,cpuacct/mine/cpu.cfs_period_us", "50000\n");
    write("sys/fs/cgroup/cpu,cpuacct/mine/cpu.cfs_quota_us", "-1\n");
    EXPECT_EQ(cores(), 0);
    write("sys/fs/cgroup/cpu,cpuacct/mine/cpu.cfs_quota_us", "125000\n");
    EXPECT_EQ(cores(), 3);
}

// The path is that of the host, and what is mounted is the container's.
TEST_F(Quota, OfVersion1InAContainer) {
    write("proc/self/cgroup", "4:cpuacct,cpu:/docker/0123\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    EXPECT_EQ(cores(), 1);
}

// In a process of its own: what the environment says is read once. A call that is too small for threads, too.
TEST(ThreadsDeathTest, BadEnvironment) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto call = [] {
        setenv("AXNORM_NUM_THREADS", "abc", 1);
        const float x[2] = {1, 2};
        float y[2] = {5, 6};
        for (int i = 0; i < 2; ++i) {
            try {
                normalize<"b c -> b">({x, {1, 2}}, {y, {1, 2}});
                std::_Exit(1);
            } catch (const Error &error) {
                std::fputs(error.what(), stderr);
            }
        }
        std::_Exit(y[0] == 5 && y[1] == 6 ? 0 : 1);
    };
    EXPECT_EXIT(call(), testing::ExitedWithCode(0),
                "(axnorm: AXNORM_NUM_THREADS is 'abc', it has to be a number of at least 1){2}");
}

TEST(InstructionSet, IsThatOfStreamedStores) {
    const std::string isa = cpu_isa();
    EXPECT_EQ(streamed_bytes(), isa == "avx512" ? 64 : isa == "avx2" ? 32 : 16);
}

}  // namespace
}  // namespace axnorm::test

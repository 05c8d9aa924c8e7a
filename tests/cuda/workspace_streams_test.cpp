// Kept workspaces are told apart by stream and context, and calls of one stream take turns.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "columns_call.h"
#include "recorder.h"
#include "runtime/cuda/workspace.h"

namespace axnorm::test {
namespace {

constexpr int capture_thread_local = 1;  // cuda.h's CUstreamCaptureMode

// Allocations of the calls that `run` makes, as far as the driver tells; 0 from a GPU's.
template <class F>
std::int64_t allocations_in(const F &run) {
    if (!is_stand_in()) {
        run();
        return 0;
    }
    clear_calls();
    run();
    const std::vector<std::string> names = calls();
    return std::ranges::count(names, "cuMemAlloc_v2");
}

void expect_right(const ColumnsCall &call) {
    EXPECT_EQ(call.y(), call.expected());
}

class StreamWorkspaces : public testing::Test {
  protected:
    // Nothing is kept in it, and modules are loaded: by a call in the legacy default stream.
    void SetUp() override {
        const ColumnsCall call;
        call.run();
    }
    // A call in a stream allocates, or does not.
    void expect_allocations(void *stream, std::int64_t expected) {
        const ColumnsCall call;
        EXPECT_EQ(allocations_in([&] { call.run(stream); }), is_stand_in() ? expected : 0);
        expect_right(call);
    }
    // On another thread, in this context.
    template <class F>
    std::thread thread(const F &run) const {
        return std::thread([this, run] {
            expect_success(driver_api().cuCtxSetCurrent(context_.handle()), "cuCtxSetCurrent");
            run();
        });
    }

  private:
    const OwnContext context_{0};
};

TEST_F(StreamWorkspaces, OneEach) {
    const OwnStream first, second;
    for (const std::int64_t allocations : {1, 0}) {
        expect_allocations(first.handle(), allocations);
        expect_allocations(second.handle(), allocations);
    }
    expect_allocations(nullptr, 0);                      // of the call that loaded the modules
    expect_allocations(reinterpret_cast<void *>(1), 0);  // CU_STREAM_LEGACY is the same stream
}

TEST_F(StreamWorkspaces, OfAStreamWithTheHandleOfAnother) {
    if (!is_stand_in()) {
        GTEST_SKIP() << "only the stand-in driver says what was called";
    }
    reuse_streams(true);
    void *handle = nullptr;
    {
        const OwnStream stream;
        handle = stream.handle();
        expect_allocations(handle, 1);
    }
    const OwnStream stream;
    reuse_streams(false);
    ASSERT_EQ(stream.handle(), handle);
    expect_allocations(handle, 1);
}

// CU_STREAM_PER_THREAD is another stream in each thread.
TEST_F(StreamWorkspaces, OfEachThreadsDefaultStream) {
    void *const per_thread = reinterpret_cast<void *>(2);
    const auto run = [&] {
        for (const std::int64_t allocations : {1, 0}) {
            expect_allocations(per_thread, allocations);
        }
    };
    run();
    thread(run).join();
    thread(run).join();
    expect_allocations(per_thread, 0);
}

TEST_F(StreamWorkspaces, OfCapturedCalls) {
    const OwnStream stream;
    const ColumnsCall call, larger(2, 400);
    expect_allocations(stream.handle(), 1);
    expect_success(driver_api().cuStreamBeginCapture(stream.handle(), capture_thread_local), "cuStreamBeginCapture");
    call.run(stream.handle());
    void *graph = nullptr, *executable = nullptr;
    expect_success(driver_api().cuStreamEndCapture(stream.handle(), &graph), "cuStreamEndCapture");
    expect_success(driver_api().cuGraphInstantiateWithFlags(&executable, graph, 0), "cuGraphInstantiateWithFlags");
    larger.run(stream.handle());  // whose workspace is another one, and the graph's is still there
    expect_success(driver_api().cuGraphLaunch(executable, stream.handle()), "cuGraphLaunch");
    stream.synchronize();
    expect_right(call);
    expect_right(larger);
    driver_api().cuGraphExecDestroy(executable);
    driver_api().cuGraphDestroy(graph);
}

TEST_F(StreamWorkspaces, AreNotAllocatedInACapture) {
    const OwnStream stream;
    const ColumnsCall call;
    const DeviceMemory given(call.workspace_size());
    expect_success(driver_api().cuStreamBeginCapture(stream.handle(), capture_thread_local), "cuStreamBeginCapture");
    ErrorCode code{};
    const std::string error = error_of([&] { call.run(stream.handle()); }, &code);
    EXPECT_TRUE(contains(error,
                         "the stream is being captured, and a workspace of 1280 bytes is not there for it yet: "
                         "make such a call before the capture, or give a workspace"))
        << error;
    EXPECT_EQ(code, ErrorCode::device);
    call.run(stream.handle(), {given.data(), call.workspace_size()});
    void *graph = nullptr, *executable = nullptr;
    EXPECT_EQ(driver_api().cuStreamEndCapture(stream.handle(), &graph), 0) << "the capture is not harmed";
    EXPECT_EQ(call.y(), call.untouched());
    expect_success(driver_api().cuGraphInstantiateWithFlags(&executable, graph, 0), "cuGraphInstantiateWithFlags");
    expect_success(driver_api().cuGraphLaunch(executable, stream.handle()), "cuGraphLaunch");
    stream.synchronize();
    expect_right(call);
    driver_api().cuGraphExecDestroy(executable);
    driver_api().cuGraphDestroy(graph);
}

// While one thread is between its launches, another one makes a call. Whether that came to its end meanwhile.
class BetweenLaunches {
  public:
    template <class F>
    BetweenLaunches(std::chrono::milliseconds patience, const F &start) {
        behind_first_launch = [this, patience, start, owner = std::this_thread::get_id()] {
            if (std::this_thread::get_id() != owner || ++calls_ != 2) {  // the first one is dry
                return;
            }
            thread_ = start();
            is_done_ = done_.get_future().wait_for(patience) == std::future_status::ready;
        };
    }
    ~BetweenLaunches() {
        join();
        behind_first_launch = nullptr;
    }
    BetweenLaunches(const BetweenLaunches &) = delete;
    BetweenLaunches &operator=(const BetweenLaunches &) = delete;

    void is_over() { done_.set_value(); }
    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    bool was_done_between() const { return is_done_; }

  private:
    std::promise<void> done_;
    std::thread thread_;
    int calls_ = 0;
    bool is_done_ = false;
};

TEST_F(StreamWorkspaces, OfTwoThreadsInOneStream) {
    const OwnStream stream;
    const ColumnsCall call(1), other(1000);
    call.run(stream.handle());
    BetweenLaunches *between = nullptr;
    BetweenLaunches made(std::chrono::milliseconds(300), [&] {
        return thread([&] {
            other.run(stream.handle());
            between->is_over();
        });
    });
    between = &made;
    const ColumnsCall fresh(7);
    fresh.run(stream.handle());
    made.join();
    EXPECT_FALSE(made.was_done_between());
    expect_right(fresh);
    expect_right(other);
}

TEST_F(StreamWorkspaces, OfTwoThreadsInStreamsOfTheirOwn) {
    const OwnStream stream, another;
    const ColumnsCall call(1), other(1000);
    BetweenLaunches *between = nullptr;
    BetweenLaunches made(std::chrono::seconds(60), [&] {
        return thread([&] {
            other.run(another.handle());
            between->is_over();
        });
    });
    between = &made;
    call.run(stream.handle());
    made.join();
    EXPECT_TRUE(made.was_done_between());
    expect_right(call);
    expect_right(other);
}

// Many at a time, on one stream and on two, with the first calls among them.
TEST_F(StreamWorkspaces, OfManyThreads) {
    const OwnStream first, second;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.push_back(thread([&, i] {
            for (int k = 0; k < 10; ++k) {
                const ColumnsCall call(100 * i + k, 40 + 10 * k);
                call.run(i == 0 ? second.handle() : first.handle());
                expect_right(call);
            }
        }));
    }
    for (std::thread &each : threads) {
        each.join();
    }
}

// Its memory went with the context.
TEST(ContextWorkspaces, OfAContextWithTheHandleOfAnother) {
    const PrimaryContext context(0);
    const cuda::ContextId first{context.handle(), 1001}, second{context.handle(), 1002};
    const auto address_in = [](const cuda::ContextId &id) {
        return cuda::StreamWorkspace(id, 0, nullptr, 100).pieces().address;
    };
    const std::uint64_t of_first = address_in(first);
    EXPECT_EQ(address_in(first), of_first);
    EXPECT_NE(address_in(second), of_first);
}

TEST(ContextWorkspaces, OfOneDevice) {
    const OwnContext first(0);
    const ColumnsCall call;
    call.run();
    {
        const OwnContext second(0);
        const ColumnsCall there;
        EXPECT_EQ(allocations_in([&] { there.run(); }), is_stand_in() ? 1 : 0);
        expect_right(there);
    }
    EXPECT_EQ(allocations_in([&] { call.run(); }), 0);
    expect_right(call);
}

TEST(ContextWorkspaces, OfSeveralDevices) {
    if (device_count() < 2) {
        GTEST_SKIP() << "there is one device";
    }
    const PrimaryContext first(0);
    const ColumnsCall call;
    call.run();
    const PrimaryContext second(1);
    const ColumnsCall there(3, 40, 1);
    there.run();
    expect_right(there);
    EXPECT_EQ(allocations_in([&] { call.run(); }), 0);  // whose context is not current
    expect_right(call);
    release_workspaces(1);
    EXPECT_EQ(allocations_in([&] { call.run(); }), 0);
    EXPECT_EQ(allocations_in([&] { there.run(); }), is_stand_in() ? 1 : 0);
}

}  // namespace
}  // namespace axnorm::test

// Calls from several threads, on one device and on several, the first ones among them.
#include <gtest/gtest.h>

#include <thread>

#include "recorder.h"
#include "rows_call.h"

namespace axnorm::test {
namespace {

void run_many(void *context, int device) {
    expect_success(driver_api().cuCtxSetCurrent(context), "cuCtxSetCurrent");
    for (int i = 0; i < 20; ++i) {
        const RowsCall call(device);
        call.run();
        EXPECT_EQ(call.y(), RowsCall::expected());
    }
    expect_success(driver_api().cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
}

TEST(Threads, OnOneDeviceLoadOnce) {
    const OwnContext context(0);
    if (is_stand_in()) {
        clear_calls();
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(run_many, context.handle(), 0);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    if (is_stand_in()) {
        const std::vector<std::string> names = calls();
        EXPECT_EQ(std::ranges::count(names, "cuModuleLoadDataEx"), 1);
    }
}

TEST(Threads, OnSeveralDevices) {
    const int devices = device_count();
    if (devices < 2) {
        GTEST_SKIP() << "there is one device";
    }
    std::vector<std::unique_ptr<const PrimaryContext>> contexts;
    for (int device = 0; device < devices; ++device) {
        contexts.push_back(std::make_unique<const PrimaryContext>(device));
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 2 * devices; ++i) {
        const int device = i % devices;
        threads.emplace_back(run_many, contexts[static_cast<std::size_t>(device)]->handle(), device);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    while (!contexts.empty()) {
        contexts.pop_back();  // the last one is current
    }
}

}  // namespace
}  // namespace axnorm::test

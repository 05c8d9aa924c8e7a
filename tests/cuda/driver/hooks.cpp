#include "fake_cuda.h"

#include <cstring>

#include "driver.h"

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

namespace {
std::uint64_t count_in(const std::map<std::string, std::uint64_t, std::less<>> &counts, const char *function) {
    if (function != nullptr) {
        const auto found = counts.find(function);
        return found == counts.end() ? 0 : found->second;
    }
    std::uint64_t sum = 0;
    for (const auto &[name, count] : counts) {
        sum += count;
    }
    return sum;
}

std::size_t write_text(const std::string &text, char *buffer, std::size_t size) {
    if (buffer != nullptr && size != 0) {
        const std::size_t length = std::min(text.size(), size - 1);
        std::memcpy(buffer, text.data(), length);
        buffer[length] = '\0';
    }
    return text.size();
}
}  // namespace

void fake_cuda_reset(void) {
    const auto lock = locked();
    reset_driver();
}

uint64_t fake_cuda_call_count(const char *function) {
    const auto lock = locked();
    return count_in(driver().counts, function);
}

uint64_t fake_cuda_call_count_while_capturing(const char *function) {
    const auto lock = locked();
    return count_in(driver().capturing_counts, function);
}

void fake_cuda_reset_log(void) {
    const auto lock = locked();
    Driver &d = driver();
    d.calls.clear();
    d.counts.clear();
    d.capturing_counts.clear();
}

size_t fake_cuda_calls(char *buffer, size_t size) {
    const auto lock = locked();
    std::string text;
    for (const std::string &name : driver().calls) {
        text += name + '\n';
    }
    return write_text(text, buffer, size);
}

void fake_cuda_fail(const char *function, int nth, int result) {
    const auto lock = locked();
    driver().failures.push_back({function, nth, static_cast<CUresult>(result)});
}

void fake_cuda_reuse_streams(int reuse) {
    const auto lock = locked();
    driver().reuses_streams = reuse != 0;
}

void fake_cuda_limit_shared(int device, int bytes) {
    const auto lock = locked();
    if (bytes != 0) {
        driver().shared_limits[device] = bytes;
    } else {
        driver().shared_limits.erase(device);
    }
}

int fake_cuda_last_launch(struct FakeCudaLaunch *launch) {
    const auto lock = locked();
    const Driver &d = driver();
    if (d.launches == 0 || launch == nullptr) {
        return 0;
    }
    *launch = d.last_launch;
    return 1;
}

uint64_t fake_cuda_launch_count(void) {
    const auto lock = locked();
    return driver().launches;
}

size_t fake_cuda_last_error(char *buffer, size_t size) {
    const auto lock = locked();
    return write_text(driver().last_error, buffer, size);
}

uint64_t fake_cuda_live_allocations(void) {
    const auto lock = locked();
    std::uint64_t count = 0;
    for (const Context &context : driver().contexts.all()) {
        count += context.allocations.size();
    }
    return count;
}

uint64_t fake_cuda_live_modules(void) {
    const auto lock = locked();
    std::uint64_t count = 0;
    for (const Module &module : driver().modules.all()) {
        count += module.alive;
    }
    return count;
}

uint64_t fake_cuda_live_contexts(void) {
    const auto lock = locked();
    std::uint64_t count = 0;
    for (const Context &context : driver().contexts.all()) {
        count += context.alive;
    }
    return count;
}

#include "driver.h"

#include <cstdio>
#include <cstdlib>
#include <new>

namespace axnorm::fake_cuda {

namespace {
int number_from(const char *variable, int otherwise) {
    const char *const text = std::getenv(variable);
    return text == nullptr || *text == '\0' ? otherwise : std::atoi(text);
}

Settings read_settings() {
    Settings result;
    result.devices = number_from("AXNORM_FAKE_CUDA_DEVICES", result.devices);
    result.driver_version = number_from("AXNORM_FAKE_CUDA_DRIVER_VERSION", result.driver_version);
    result.races = number_from("AXNORM_FAKE_CUDA_RACES", 1) != 0;
    result.exited_lanes = number_from("AXNORM_FAKE_CUDA_EXITED_LANES", 0) != 0;
    result.quiet = number_from("AXNORM_FAKE_CUDA_QUIET", 0) != 0;
    result.no_run = number_from("AXNORM_FAKE_CUDA_NO_RUN", 0) != 0;
    if (const char *const capability = std::getenv("AXNORM_FAKE_CUDA_CAPABILITY"); capability != nullptr) {
        if (std::sscanf(capability, "%d.%d", &result.major, &result.minor) != 2) {
            std::fprintf(stderr, "AXNORM_FAKE_CUDA_CAPABILITY is '%s', not of the form 9.0\n", capability);
            std::abort();
        }
    }
    return result;
}

struct Instance {
    std::recursive_mutex mutex;
    std::unique_ptr<Driver> driver;
    std::uint64_t generation = 0;
};
// Never destroyed: programs unload kernels at exit.
Instance &instance() {
    static auto *const result = new Instance;
    return *result;
}
}  // namespace

std::unique_lock<std::recursive_mutex> locked() {
    return std::unique_lock(instance().mutex);
}

Driver &driver() {
    Instance &all = instance();
    if (all.driver == nullptr) {
        all.driver = std::make_unique<Driver>();
        all.driver->settings = read_settings();
        all.driver->generation = ++all.generation;
    }
    return *all.driver;
}

void reset_driver() {
    instance().driver.reset();
}

std::vector<Context *> &context_stack() {
    struct Stack {
        std::uint64_t generation = 0;
        std::vector<Context *> contexts;
    };
    thread_local Stack stack;
    if (stack.generation != driver().generation) {
        stack = {driver().generation, {}};
    }
    return stack.contexts;
}

bool Driver::is_capturing() const {
    for (const Stream &stream : const_cast<Driver *>(this)->streams.all()) {
        if (stream.alive && stream.capture != CU_STREAM_CAPTURE_STATUS_NONE) {
            return true;
        }
    }
    return false;
}

void Driver::report(const std::string &error) {
    last_error = error;
    if (!settings.quiet) {
        std::fprintf(stderr, "stand-in CUDA driver: %s\n", error.c_str());
    }
}

CUresult call_before_init(const char *name, const std::function<CUresult(Driver &)> &body) {
    const auto lock = locked();
    Driver &d = driver();
    d.calls.emplace_back(name);
    ++d.counts[name];
    if (d.is_capturing()) {
        ++d.capturing_counts[name];
    }
    for (auto failure = d.failures.begin(); failure != d.failures.end(); ++failure) {
        if (failure->function == name && --failure->calls_left == 0) {
            const CUresult result = failure->result;
            d.failures.erase(failure);
            return result;
        }
    }
    try {
        return body(d);
    } catch (const std::bad_alloc &) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
}

CUresult call(const char *name, const std::function<CUresult(Driver &)> &body) {
    return call_before_init(name, [&](Driver &d) { return d.initialized ? body(d) : CUDA_ERROR_NOT_INITIALIZED; });
}

CUresult call_in_context(const char *name, const std::function<CUresult(Driver &, Context &)> &body) {
    return call(name, [&](Driver &d) {
        Context *const context = current_context();
        if (context == nullptr) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (!context->alive) {
            return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
        return context->sticky != CUDA_SUCCESS ? context->sticky : body(d, *context);
    });
}

Context *current_context() {
    const std::vector<Context *> &stack = context_stack();
    return stack.empty() ? nullptr : stack.back();
}

bool is_device(const Driver &driver, CUdevice device) {
    return device >= 0 && device < driver.settings.devices;
}

int most_shared(const Driver &driver, CUdevice device) {
    if (const auto limit = driver.shared_limits.find(device); limit != driver.shared_limits.end()) {
        return limit->second;
    }
    const Settings &settings = driver.settings;
    if (settings.major < 8) {
        return settings.major == 7 && settings.minor == 0 ? 98304 : 65536;
    }
    const bool large = settings.major == 9 || settings.major == 10;
    return large ? 232448 : settings.major == 8 && (settings.minor == 0 || settings.minor == 7) ? 166912 : 101376;
}

}  // namespace axnorm::fake_cuda
